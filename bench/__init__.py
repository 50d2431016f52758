"""Measures the product against a small plain Django project on the same generated data; ``./imi bench --help``."""
