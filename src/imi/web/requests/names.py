"""Names of authorities and people on a page, read together."""

from __future__ import annotations

from collections.abc import Iterable

from imi.accounts.queries import display_names
from imi.directory.models import Authority
from imi.directory.queries import authorities_by_id, country_name, informal_titles


class Names:
    """The names that one page shows, in one language: two queries for authorities, one for people."""

    def __init__(self, language: str) -> None:
        """Know nobody yet."""
        self.language = language
        self._authorities: dict[str, Authority] = {}
        self._titles: dict[str, str] = {}
        self._people: dict[str, str] = {}

    def want(self, authorities: Iterable[str]) -> None:
        """Read the names of these authorities."""
        missing = {one for one in authorities if one} - self._authorities.keys()
        if missing:
            found = authorities_by_id(missing)
            self._authorities.update((one.pk, one) for one in found)
            self._titles.update(informal_titles(found, self.language))

    def want_people(self, users: Iterable[str]) -> None:
        """Read the names of these users."""
        missing = {one for one in users if one.isdecimal()} - self._people.keys()
        if missing:
            self._people.update({str(pk): name for pk, name in display_names(int(one) for one in missing).items()})

    def title(self, authority: str) -> str:
        """What an authority is called in the reader's language."""
        return self._titles.get(authority, authority)

    def official(self, authority: str) -> tuple[str, str]:
        """The official name of an authority, and its language."""
        known = self._authorities.get(authority)
        return (known.name, known.languages[0] if known.languages else "") if known else ("", "")

    def country(self, authority: str) -> str:
        """The name of an authority's country."""
        known = self._authorities.get(authority)
        return country_name(known.country_id, self.language) if known else ""

    def main_language(self, authority: str) -> str:
        """The language an authority works in first."""
        known = self._authorities.get(authority)
        return known.languages[0] if known and known.languages else "en"

    def person(self, user: str) -> str:
        """The name of a user."""
        if user not in self._people:
            self.want_people([user])
        return self._people.get(user, "")
