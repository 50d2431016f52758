"""Says what is in order in an installation and what is not, with the cure: ``python -m imi.site.doctor``."""

from __future__ import annotations

import ctypes.util
import io
import ipaddress
import os
import stat
import sys
from collections.abc import Callable
from typing import NamedTuple

import django


class Finding(NamedTuple):
    """What one check found: whether it is in order, what was seen, and what to do about it.

    A finding that is ``bearable`` is a choice an operator may make: it is told, and is no failure.
    """

    good: bool
    seen: str
    cure: str = ""
    bearable: bool = False

    def mark(self) -> str:
        """The sign in front of it."""
        return "✓" if self.good else "!" if self.bearable else "✗"


def _database() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding(True, f"{connection.vendor}, {connection.settings_dict['NAME']}")


def _migrations() -> Finding:
    from imi.site.health import CHECKS

    applied = CHECKS["migrations"]()
    seen = "all applied" if applied else "some are waiting"
    return Finding(applied, seen, "./imi manage migrate (./imi run does it by itself)")


def _procedures() -> Finding:
    from django.conf import settings

    count = len(list(settings.IMI_PROCEDURES.glob("*/*.yaml")))
    return Finding(count > 0, f"{count} files in {settings.IMI_PROCEDURES}", "set IMI_PROCEDURES to the right folder")


def _secret_key() -> Finding:
    from django.conf import settings

    from imi.site import environment

    file = environment.path("IMI_SECRET_KEY_FILE", settings.IMI_HOME / "secret-key")
    private = not stat.S_IMODE(file.stat().st_mode) & 0o077
    return Finding(private, f"{file}, for its owner only", f"chmod 600 {file}")


def _key_ring() -> Finding:
    from django.conf import settings

    from imi.accounts import keyring, resealing

    ring, file = keyring.ring(), settings.IMI_KEY_RING
    lost = resealing.keys_needed() - ring.keys.keys()
    if lost:
        seen = f"{file} lacks the keys {', '.join(sorted(lost))}: people cannot sign in with their security codes"
        return Finding(False, seen, "put back the file that belongs to this database")
    private = not stat.S_IMODE(file.stat().st_mode) & 0o077
    return Finding(private, f"{file}, for its owner only", f"chmod 400 {file}")


def _second_factors() -> Finding:
    from django.conf import settings

    from imi.accounts import factors, strength

    if settings.IMI_SIGN_IN != strength.STRONG:
        return Finding(True, "optional, since IMI_SIGN_IN is classic")
    if not settings.IMI_SECOND_FACTORS:
        seen = "switched off: administrators sign in with what they know alone"
        return Finding(False, seen, "set IMI_SECOND_FACTORS=passkey,totp", bearable=True)
    without = factors.administrators_without()
    if not without:
        return Finding(True, "all administrators have one")
    seen = f"{without} administrators have none yet; whoever knows their password and code could set one up first"
    return Finding(False, seen, "have them sign in, which sets one up", bearable=True)


def _disk() -> Finding:
    from imi.site.health import CHECKS

    roomy = CHECKS["disk"]()
    seen = "enough room" if roomy else "nearly full"
    return Finding(roomy, seen, "make room on the disk that holds IMI_HOME")


def _printing() -> Finding:
    found = bool(ctypes.util.find_library("pango-1.0") and ctypes.util.find_library("harfbuzz-subset"))
    cure = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
    return Finding(found, "PDF files can be made" if found else "PDF files cannot be made", cure)


def _mail() -> Finding:
    from django.conf import settings

    if settings.EMAIL_HOST:
        return Finding(True, f"through {settings.EMAIL_HOST}:{settings.EMAIL_PORT}")
    seen = "kept on the mailbox page (training)" if settings.IMI_TRAINING else "nobody gets any"
    return Finding(settings.IMI_TRAINING, seen, "set IMI_SMTP=host:port")


def _foreign_hosts() -> list[str]:
    """The names other than this machine's own under which the site may be called."""
    from django.conf import settings

    return [host for host in settings.ALLOWED_HOSTS if not _is_local(host)]


def _is_local(host: str) -> bool:
    """Whether a name leads to the machine itself (RFC 6761: all of ``localhost``; RFC 1122: all of 127/8)."""
    bare = host.strip("[]").lower().rstrip(".")
    if bare.lstrip(".") == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def _training() -> Finding:
    from django.conf import settings

    if not settings.IMI_TRAINING:
        from imi.training.models import Persona

        invented = Persona.objects.filter(user__is_active=True).exists()
        seen = "off, but its invented people sign in with a password that everybody can read" if invented else "off"
        return Finding(not invented, seen, "begin with an empty database")
    hosts = _foreign_hosts()
    seen = f"on: anybody who reaches {', '.join(hosts)} may become anybody" if hosts else "on, for this machine only"
    return Finding(not hosts, seen, "set IMI_TRAINING=0, unless all that is in there was invented")


def _https() -> Finding:
    from django.conf import settings

    if settings.HTTPS:
        return Finding(True, "on")
    hosts = _foreign_hosts()
    seen = f"off, for {', '.join(hosts)} too: passwords travel in the open" if hosts else "off, for this machine only"
    return Finding(not hosts, seen, "put a web server with TLS in front and set IMI_HTTPS=1")


def _scanner() -> Finding:
    from imi.files import scanner

    if not scanner.is_configured():
        seen = "none: uploaded files are not looked at"
        return Finding(False, seen, "set IMI_SCANNER to a clamd: host:port or socket", bearable=True)
    scanner.infected(io.BytesIO(b"Is anybody there?"))
    return Finding(True, "answers")


def _identity_providers() -> Finding:
    from django.conf import settings

    from imi.accounts.openid import client_keys, discovery, flow
    from imi.accounts.openid.fetching import Unreachable

    silent, addresses = [], []
    for one in settings.IMI_OPENID.values():
        secret = one.client_secret_file or settings.IMI_OPENID_KEYS
        if one.signs:
            client_keys.published()  # the first look makes the file
            addresses.append(f"{one.id} fetches our keys from {flow.keys_address()}")
        if stat.S_IMODE(secret.stat().st_mode) & 0o077:
            return Finding(False, f"{secret} can be read by others", f"chmod 400 {secret}")
        try:
            discovery.ask(one)
        except Unreachable as fault:
            silent.append(f"{one.id} ({fault})")
        addresses.append(f"{one.id} sends people back to {flow.back_address(one)}")
    if silent:
        cure = "look at the issuer in IMI_OPENID and at the way out of this machine; people sign in with their password"
        return Finding(False, f"no discovery document from {', '.join(silent)}", cure)
    return Finding(True, "; ".join(addresses) or "none: everybody signs in with user name, password and code")


def _calendar() -> Finding:
    from django.utils import timezone

    from imi.exchanges import calendar_ahead

    until = calendar_ahead.known_until()
    seen = f"public holidays of all countries are known until {until}" if until else "some country has no holidays"
    cure = "start the worker, or ./imi manage load_reference_data"
    return Finding(calendar_ahead.reaches(until, timezone.now().date()), seen, cure)


def _definitions() -> Finding:
    from imi.exchanges import definitions

    found = list(definitions.unreadable())
    if not found:
        return Finding(True, "all that were published can be run")
    names = ", ".join(f"{one.name}{' (of a newer program)' if one.newer else ''}" for one in found)
    update = "install the version of the program that published them, or a later one"
    report = "report this: a step is missing in imi.exchanges.stored_form"
    return Finding(False, f"cannot be run: {names}", update if all(one.newer for one in found) else report)


CHECKS: dict[str, Callable[[], Finding]] = {
    "database": _database,
    "migrations": _migrations,
    "procedures": _procedures,
    "definitions": _definitions,
    "calendar": _calendar,
    "secret key": _secret_key,
    "key ring": _key_ring,
    "second factors": _second_factors,
    "training": _training,
    "https": _https,
    "identity providers": _identity_providers,
    "virus scanner": _scanner,
    "disk": _disk,
    "printing": _printing,
    "mail": _mail,
}


def main() -> int:
    """Print one line for each check; return 1 when one of them is not in order."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")
    django.setup()
    bad = 0
    for name, check in CHECKS.items():
        try:
            finding = check()
        except Exception as fault:
            finding = Finding(False, f"{type(fault).__name__}: {fault}", "see docs/operate.md")
        bad += not finding.good and not finding.bearable
        cure = "" if finding.good or not finding.cure else f"\n      cure: {finding.cure}"
        sys.stdout.write(f"  {finding.mark()} {name}: {finding.seen}{cure}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
