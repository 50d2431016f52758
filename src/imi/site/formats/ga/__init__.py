"""European Irish."""
