"""Pages on which authorities register themselves, for people who cannot sign in yet."""
