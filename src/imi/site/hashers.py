"""How passwords are stored."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class ModestArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane.

    It is the cost the OWASP password storage guidance recommends. Django's own default (100 MiB, eight lanes) lets two
    processor cores verify seven passwords a second; at nine in the morning ten people a second sign in.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
