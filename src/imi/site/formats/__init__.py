"""Date formats where Django's own are wrong for Europe or missing."""
