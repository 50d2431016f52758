"""Irish."""
