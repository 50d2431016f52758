"""European Estonian."""
