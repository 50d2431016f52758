"""Which files are taken: decided by their bytes, never by their name or by what the browser says."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import IO

import filetype

MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "tif": "image/tiff",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "txt": "text/plain",
}
LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_ENTRIES = 5_000
_HEAD = 8192
_ACTIVE = (b"<html", b"<script", b"<svg", b"<!doctype", b"<?xml", b"#!/")


def kind_of(stream: IO[bytes]) -> str | None:
    """The kind of a file, by its bytes.

    Args:
        stream: a seekable binary file; left at its beginning.

    Returns:
        A key of :data:`MEDIA_TYPES`, or None if the file is of no kind that is taken.
    """
    head = stream.read(_HEAD)
    stream.seek(0)
    guess = filetype.guess(head)
    if guess is None:
        return "txt" if _is_text(stream) else None
    match guess.extension:
        case "pdf" | "png" | "jpg" | "tif" as kind:
            return kind if not _hides_markup(head, kind) else None
        case "zip" | "docx" | "xlsx" | "odt" | "ods":
            return _office_kind(stream)
        case _:
            return None


def _hides_markup(head: bytes, kind: str) -> bool:
    """A file that is a document and a web page at once is neither; a PDF must start with its own mark."""
    return kind == "pdf" and not head.startswith(b"%PDF-")


def _is_text(stream: IO[bytes]) -> bool:
    data = stream.read()
    stream.seek(0)
    if not data or b"\x00" in data or any(mark in data[:_HEAD].lower() for mark in _ACTIVE):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _office_kind(stream: IO[bytes]) -> str | None:
    """An office document is a ZIP whose parts say which; one that unpacks to too much, or nests archives, is not."""
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                return None
            names = {entry.filename for entry in entries}
            if any(name.lower().endswith((".zip", ".bin", ".exe")) or name.startswith(("/", "..")) for name in names):
                return None
            return _by_parts(archive, names)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
        return None
    finally:
        stream.seek(0)


def _by_parts(archive: zipfile.ZipFile, names: set[str]) -> str | None:
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "mimetype" in names:
        with archive.open("mimetype") as part:
            declared = io.TextIOWrapper(part, "ascii", errors="replace").read(100).strip()
        return next((kind for kind in ("odt", "ods") if MEDIA_TYPES[kind] == declared), None)
    return None
