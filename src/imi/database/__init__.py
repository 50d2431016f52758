"""How the applications reach the database where it counts: queries that are built once and run many times."""
