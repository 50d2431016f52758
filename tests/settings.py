"""Settings of the tests: the product's own, in a home folder that is made for the run and removed at its end."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Workers of one run share the folder through the environment; each database gets a name of its own from pytest-django.
# The process that made it removes it: with several workers that is the one which outlives them all.
if "IMI_TEST_HOME" not in os.environ:
    os.environ["IMI_TEST_HOME"] = tempfile.mkdtemp(prefix="imi-test-")
    atexit.register(shutil.rmtree, os.environ["IMI_TEST_HOME"], ignore_errors=True)
os.environ["IMI_HOME"] = os.environ["IMI_TEST_HOME"]
Path(os.environ["IMI_HOME"], "static").mkdir(exist_ok=True)
os.environ["IMI_DATABASE"] = os.environ.get("IMI_TEST_DATABASE", "")
os.environ["IMI_HOSTS"] = "testserver,localhost,127.0.0.1,[::1]"
os.environ.setdefault("IMI_TRAINING", "1")
for name in ("IMI_DEBUG", "IMI_HTTPS", "IMI_SMTP", "IMI_PROCEDURES", "IMI_SECRET_KEY_FILE", "IMI_OPENID"):
    os.environ.pop(name, None)

from imi.site.settings import *  # noqa: F403

# Hashing a password costs 22 ms by design; the tests sign in thousands of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
