"""The virus scanner: any service that speaks clamd's INSTREAM; ``IMI_SCANNER`` names it (host:port or path).

Without the setting files are stored as "not scanned". With it, a scanner that does not answer refuses the upload:
what cannot be checked is not taken.
"""

from __future__ import annotations

import socket
import struct
from typing import IO

from django.conf import settings

CHUNK = 64 * 1024
SECONDS = 30.0


class ScannerDown(OSError):
    """The scanner is configured but does not answer."""


def is_configured() -> bool:
    """Whether uploads are scanned."""
    return bool(getattr(settings, "IMI_SCANNER", ""))


def infected(stream: IO[bytes]) -> bool:
    """Whether the scanner found something in the file.

    Raises:
        ScannerDown: no answer.
    """
    try:
        with _connect(settings.IMI_SCANNER) as connection:
            connection.sendall(b"zINSTREAM\0")
            while chunk := stream.read(CHUNK):
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
            connection.sendall(struct.pack("!L", 0))
            answer = connection.recv(4096)
    except OSError as error:
        raise ScannerDown(str(error)) from error
    finally:
        stream.seek(0)
    if answer.rstrip(b"\0").endswith(b"OK"):
        return False
    if b"FOUND" in answer:
        return True
    raise ScannerDown(answer.decode("ascii", "replace"))


def _connect(where: str) -> socket.socket:
    if where.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        connection.connect(where)
        return connection
    host, _, port = where.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)
