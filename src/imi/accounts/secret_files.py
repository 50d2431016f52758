"""Small files of keys outside the database: made once, replaced whole, for their owner only.

Whoever is root leaves a file to its owner, and gives a new one to the owner of its folder: the program, which runs as
somebody else, could not read it otherwise.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def make(file: Path, content: str) -> None:
    """Write a file that is not there; of processes that start together one wins, and all read what it wrote."""
    beside = _written_beside(file, content)
    with contextlib.suppress(FileExistsError):
        os.link(beside, file)
    beside.unlink()


def replace(file: Path, content: str) -> None:
    """Put another content in the place of a file's; whoever reads it meanwhile reads the old one or the new one."""
    _written_beside(file, content).replace(file)


def _written_beside(file: Path, content: str) -> Path:
    """Write to the side and to the disk: half a file of keys would be the end of what they open."""
    owner = (file if file.exists() else file.parent).stat()
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        os.fchmod(descriptor, 0o400)
        if os.geteuid() == 0:
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
    return Path(name)
