"""Signing in with an identity from outside by OpenID Connect: the Commission's EU Login, national identity providers.

``providers`` is what the operator says, ``discovery`` what a provider says about itself, ``flow`` the way there and
back, ``client_keys`` how we prove who we are, ``tokens`` the check of what is brought back, ``links`` whose identity it
is, ``entering`` what comes of it.
"""
