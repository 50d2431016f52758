"""Reference data of the directory, with the script that builds it."""
