"""Which files are taken, how they are named and kept, and what the scanner may say."""

from __future__ import annotations

import hashlib
import io
import socketserver
import struct
import threading
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from imi.exchanges.models import Exchange
from imi.files import actions, queries
from imi.files.kinds import LARGEST_UNPACKED, kind_of
from imi.files.models import StoredFile
from tests.exchanges.conftest import World, catalogue, world  # noqa: F401 - fixtures

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 40


def zipped(**parts: bytes) -> bytes:
    """A ZIP of the parts; a double underscore in a name stands for a slash."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (PNG, "png"),
        (JPG, "jpg"),
        (b"II*\x00" + b"\x00" * 40, "tif"),
        ("Ωμέγα, Ženklas, Őszi".encode(), "txt"),
        (zipped(**{"word__document.xml": b"<w/>", "[Content_Types].xml": b"<T/>"}), "docx"),
        (zipped(**{"xl__workbook.xml": b"<w/>"}), "xlsx"),
        (zipped(mimetype=b"application/vnd.oasis.opendocument.text"), "odt"),
    ],
)
def test_documents_and_pictures_are_known_by_their_bytes(content: bytes, kind: str) -> None:
    assert kind_of(io.BytesIO(content)) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!DOCTYPE html><p>",
        b"<?xml version='1.0'?><a/>",
        b"#!/bin/sh\nrm -rf /",
        b"MZ\x90\x00" + b"\x00" * 60,
        b"\x7fELF" + b"\x00" * 60,
        b"text with \x00 inside",
        "latin-1: \xe9".encode("latin-1"),
        zipped(**{"a.txt": b"plain archive"}),
        zipped(**{"word__document.xml": b"<w/>", "word__vbaProject.bin": b"macro"}),
        zipped(**{"word__document.xml": b"<w/>", "nested.zip": b"PK"}),
        zipped(mimetype=b"application/epub+zip"),
        b"PK\x03\x04broken",
        b"GIF89a" + b"\x00" * 40,
    ],
)
def test_everything_else_is_refused(content: bytes) -> None:
    assert kind_of(io.BytesIO(content)) is None


def test_an_archive_that_unpacks_to_too_much_is_refused_unread() -> None:
    bomb = zipped(**{"word__document.xml": b"\x00" * (LARGEST_UNPACKED + 1)})
    assert len(bomb) < 1_000_000
    assert kind_of(io.BytesIO(bomb)) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Oklevél – másolat.pdf", "Oklevél – másolat.pdf"),
        ("Диплома αβγ.pdf", "Диплома αβγ.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.pdf", "x.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ('quo"te<>|?*.pdf', "quo_te_____.pdf"),
        ("...", "file"),
        ("", "file"),
    ],
)
def test_names_keep_their_script_and_lose_what_is_dangerous(given: str, kept: str) -> None:
    assert actions.clean_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    kept = actions.clean_name("x" * 400 + ".pdf")
    assert len(kept) == actions.LONGEST_NAME
    assert kept.endswith(".pdf")


@pytest.fixture
def sender(world: World, settings: Any, tmp_path: Any) -> tuple[int, str]:  # noqa: F811
    """Somebody who uploads; files go to a folder of the test."""
    settings.IMI_FILES = tmp_path / "files"
    who = world.people["asker"]
    return who.user_id, who.authority_id


def test_a_file_is_kept_outside_the_database_under_a_random_name(sender: tuple[int, str]) -> None:
    stored = actions.store(SimpleUploadedFile("Őrült név.pdf", PDF), *sender)
    assert (stored.name, stored.size, stored.media_type) == ("Őrült név.pdf", len(PDF), "application/pdf")
    assert stored.digest == hashlib.sha256(PDF).hexdigest()
    path = actions.path_of(stored.id)
    assert stored.name not in str(path)
    assert path.stat().st_mode & 0o077 == 0
    with queries.open_file(stored.id) as stream:
        assert stream.read() == PDF


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "file_empty"), (b"<html>", "file_kind"), (b"MZ" + b"\x00" * 99, "file_kind")]
)
def test_a_refused_file_leaves_nothing(sender: tuple[int, str], content: bytes, code: str) -> None:
    with pytest.raises(actions.FileRefused) as refused:
        actions.store(SimpleUploadedFile("x.pdf", content), *sender)
    assert refused.value.code == code
    assert StoredFile.objects.count() == 0


def test_a_file_over_the_limit_is_refused(sender: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "LARGEST", 10)
    with pytest.raises(actions.FileRefused) as refused:
        actions.store(SimpleUploadedFile("x.pdf", PDF), *sender)
    assert refused.value.code == "file_too_large"


def test_files_of_another_authority_are_not_ours(sender: tuple[int, str]) -> None:
    stored = actions.store(SimpleUploadedFile("x.pdf", PDF), *sender)
    assert set(queries.uploaded_by(sender[1], [stored.id])) == {stored.id}
    assert queries.uploaded_by("pt-works", [stored.id]) == {}


def test_a_removed_file_is_gone_from_the_disk(sender: tuple[int, str]) -> None:
    stored = actions.store(SimpleUploadedFile("x.pdf", PDF), *sender)
    assert actions.remove([stored.id]) == 1
    assert not actions.path_of(stored.id).exists()
    with pytest.raises(FileNotFoundError):
        queries.open_file(stored.id)


class Clamd(socketserver.BaseRequestHandler):
    """Speaks INSTREAM as the clamd manual describes it, and finds the word "virus"."""

    def handle(self) -> None:
        stream = self.request.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", stream.read(4))[0]:
            content += stream.read(size)
        found = b"virus" in content
        self.request.sendall(b"stream: Test-Signature FOUND\0" if found else b"stream: OK\0")


@pytest.fixture
def clamd(settings: Any) -> Iterator[None]:
    """A scanner on a free port of this machine."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.IMI_SCANNER = f"127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()


def test_a_scanned_file_says_so(sender: tuple[int, str], clamd: None) -> None:
    stored = actions.store(SimpleUploadedFile("x.pdf", PDF), *sender)
    assert stored.scan == StoredFile.Scan.CLEAN


def test_an_infected_file_is_refused(sender: tuple[int, str], clamd: None) -> None:
    with pytest.raises(actions.FileRefused) as refused:
        actions.store(SimpleUploadedFile("x.pdf", PDF + b"virus"), *sender)
    assert refused.value.code == "file_infected"


def test_without_its_scanner_the_site_takes_no_file(sender: tuple[int, str], settings: Any) -> None:
    settings.IMI_SCANNER = "127.0.0.1:9"
    with pytest.raises(actions.FileRefused) as refused:
        actions.store(SimpleUploadedFile("x.pdf", PDF), *sender)
    assert refused.value.code == "file_not_checkable"
    assert not Exchange.objects.exists()
