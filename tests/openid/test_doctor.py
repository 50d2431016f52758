"""What ./imi doctor says of identity providers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imi.accounts.openid import discovery, providers
from imi.site import doctor
from tests.openid.hostile import HostileProvider


@pytest.fixture
def one() -> Iterator[HostileProvider]:
    """A provider that answers."""
    provider = HostileProvider("one")
    yield provider
    provider.stop()


@pytest.fixture
def configure(settings: Any, tmp_path: Path) -> Any:
    """Have the installation trust what these tables say."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o400)

    def write(*entries: str) -> None:
        file = tmp_path / "openid.toml"
        file.write_text("\n".join(entries))
        settings.IMI_OPENID = providers.read(file)
        discovery.forget()

    return write


def test_without_a_provider_nothing_is_wrong() -> None:
    assert doctor._identity_providers().good
    assert "none" in doctor._identity_providers().seen


def test_a_provider_that_answers_is_told_with_the_address_to_register(
    configure: Any, settings: Any, one: HostileProvider
) -> None:
    configure(one.entry())
    finding = doctor._identity_providers()
    assert finding.good
    assert f"{settings.IMI_URL}/sign-in/with/one/back" in finding.seen


def test_a_silent_one_and_one_of_another_name_are_told(configure: Any, one: HostileProvider) -> None:
    two = HostileProvider("two")
    configure(one.entry(), two.entry())
    two.stop()
    finding = doctor._identity_providers()
    assert not finding.good
    assert "two (" in finding.seen
    assert "one (" not in finding.seen
    one.raw = b'{"issuer": "https://other.example"}'
    assert "https://other.example" in doctor._identity_providers().seen


def test_a_secret_that_others_can_read_is_told(configure: Any, one: HostileProvider, tmp_path: Path) -> None:
    configure(one.entry())
    (tmp_path / "secret").chmod(0o644)
    finding = doctor._identity_providers()
    assert not finding.good
    assert "chmod 400" in finding.cure
