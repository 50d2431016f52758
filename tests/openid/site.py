"""An installation that trusts providers, and somebody who walks through its pages and theirs."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import requests

from tests.faults.installation import ROOT, Installation
from tests.openid.hostile import HostileProvider
from tests.openid.real import SECRET, RealProvider, entry

PASSWORD, CODE = "Correct horse 7 battery", "Kx7pW2mQz9Rt"


@dataclass
class OpenIdSite(Installation):
    """An installation with two certified providers and one that does as the tests say."""

    providers: dict[str, RealProvider] = field(default_factory=dict)
    hostile: HostileProvider = field(default_factory=lambda: HostileProvider("hostile"))

    @property
    def url(self) -> str:
        """Where the site answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """As in any installation, with its providers."""
        more = {"IMI_URL": self.url, "IMI_OPENID": str(self.home / "openid.toml"), "IMI_SIGN_IN": "classic"}
        return {**super().environment, **more, "IMI_FAILURES_PER_NETWORK": "0"}

    def build(self) -> None:
        """From nothing to a site that answers."""
        for id, more in (("one", {}), ("two", {"auth": "client_secret_post", "alg": "ES256", "sid": False})):
            self.providers[id] = RealProvider(self.url, id, **more)
        signed = {"auth": "private_key_jwt"}
        for algorithm in ("RS256", "PS256", "ES256"):
            self.providers[algorithm] = RealProvider(self.url, algorithm.lower(), client_alg=algorithm, **signed)
        (self.home / "secret").write_text(f"{SECRET}\n")
        (self.home / "secret").chmod(0o400)
        entries = [
            self.providers["one"].entry(),
            self.providers["two"].entry(client_authentication='"client_secret_post"'),
            self.providers["RS256"].signed_entry(),
            self.providers["PS256"].signed_entry(client_algorithm='"PS256"', client_audience='"token_address"'),
            self.providers["ES256"].signed_entry(client_algorithm='"ES256"'),
            self.hostile.entry(),
            entry("elsewhere", "http://127.0.0.1:9"),
        ]
        (self.home / "openid.toml").write_text("\n".join(entries))
        self.tell("build")
        self.start_web()

    def tell(self, name: str, *arguments: Any) -> Any:
        """Run a function of ``tests.openid.prepare`` on this installation's database."""
        command = [sys.executable, "-m", "tests.openid.prepare", name, json.dumps(arguments)]
        out = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True)
        assert out.returncode == 0, out.stderr
        return json.loads(out.stdout.splitlines()[-1])

    def stop(self) -> None:
        """End everything."""
        super().stop()
        for one in self.providers.values():
            one.stop()
        self.hostile.stop()

    def visitor(self) -> Visitor:
        """Somebody with a browser of their own."""
        return Visitor(self)


class Visitor:
    """A browser without scripts: follows links, fills forms, keeps cookies."""

    def __init__(self, site: OpenIdSite) -> None:
        self.site = site
        self.cookies = requests.Session()
        self.page = requests.Response()

    @property
    def text(self) -> str:
        """The page's source, with its characters as they are read."""
        return html.unescape(self.page.text)

    @property
    def path(self) -> str:
        """Path and query of the page; the whole address outside of the site."""
        return self.page.url.removeprefix(self.site.url)

    def open(self, path: str, follow: bool = True) -> Visitor:
        """Go to an address, and on to wherever it leads."""
        self.page = self.cookies.get(urljoin(self.site.url, path), allow_redirects=follow, timeout=30)
        return self

    def press(self, form: str = "", follow: bool = True, **fields: str) -> Visitor:
        """Send a form of the page; ``form`` is a part of its address."""
        found = re.findall(r"<form[^>]*?action=\"([^\"]*)\"[^>]*>(.*?)</form>", self.page.text, re.DOTALL)
        action, content = next((where, inner) for where, inner in found if form in where)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', content)
        filled = {**{name: html.unescape(value) for name, value in hidden}, **fields}
        address = urljoin(self.page.url, html.unescape(action))
        self.page = self.cookies.post(address, data=filled, allow_redirects=follow, timeout=30)
        return self

    def follow(self, label: str) -> Visitor:
        """Follow a link of the page by what it is called."""
        links = re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', self.page.text, re.DOTALL)
        address = next(where for where, inner in links if label in re.sub(r"<[^>]+>", "", html.unescape(inner)))
        return self.open(urljoin(self.page.url, html.unescape(address)))

    def patiently(self, address: str, **fields: str) -> Visitor:
        """Press a button, and again after the wait that is asked for."""
        self.press(address, **fields)
        while self.page.status_code == 429:
            time.sleep(int(self.page.headers["Retry-After"]))
            self.press(address, **fields)
        return self

    def prove(self, subject: str = "subject-1", acr: str = "urn:strong", **fields: str) -> Visitor:
        """Say at the provider's page who one is."""
        return self.press("/interaction/", login=subject, acr=acr, **({"do": "in"} | fields))

    def arrive(self, service: str = "one", subject: str = "subject-1", acr: str = "urn:strong") -> Visitor:
        """From the sign-in page to a certified provider and back; it asks nothing of whom it knows already."""
        self.open("/sign-in").follow(f"Service {service}")
        if "/interaction/" in self.page.url:
            self.prove(subject, acr)
        if self.page.status_code == 429:
            time.sleep(int(self.page.headers["Retry-After"]))
            return self.arrive(service, subject, acr)
        return self

    def classic(self, username: str, password: str = PASSWORD) -> Visitor:
        """User name, password and code, on the sign-in page that is open."""
        address = self.page.url
        self.press("/sign-in", username=username, password=password)
        while self.page.status_code == 429:
            time.sleep(int(self.page.headers["Retry-After"]))
            self.page = self.cookies.get(address)
            self.press("/sign-in", username=username, password=password)
        return self.code()

    def code(self, code: str = CODE) -> Visitor:
        """The characters of the code that are asked."""
        places = re.findall(r'name="place(\d+)"', self.page.text)
        assert len(places) == 3, self.text
        return self.press("/sign-in/code", **{f"place{place}": code[int(place) - 1] for place in places})

    def link(self, username: str, service: str = "one", subject: str = "subject-1") -> Visitor:
        """Arrive with an identity that nobody has, sign in classically, and say yes."""
        self.arrive(service, subject)
        assert self.path.startswith("/sign-in/not-linked"), self.text
        self.follow("Sign in").classic(username)
        assert self.path.startswith("/account/identities/confirm"), self.text
        return self.press("/account/identities/confirm", link="1")

    @property
    def is_in(self) -> bool:
        """Whether somebody is signed in in this browser."""
        return self.cookies.get(f"{self.site.url}/session", allow_redirects=False).status_code == 204
