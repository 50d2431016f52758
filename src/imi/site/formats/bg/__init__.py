"""European Bulgarian."""
