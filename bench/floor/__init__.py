"""The floor: the least that a plain Django project needs for the same pages and the same data."""
