"""The pages on which people live a request: draft it, send it, read it, act on it, print it.

Everything is drawn from the definition of the procedure; no action, field or procedure is named here.
"""
