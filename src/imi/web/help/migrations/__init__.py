"""Changes of the tables of the first steps."""
