"""Pages about a person's own way to sign in: second factors, recovery codes, password and security code."""
