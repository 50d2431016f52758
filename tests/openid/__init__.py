"""Signing in at identity providers, against a certified one and against one that does as the tests say."""
