"""The pages of signing in and out, and of what was typed when a session ended."""
