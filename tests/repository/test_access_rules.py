"""Every address says who may use it."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield every address of the site with its view."""
    for entry in resolver.url_patterns:
        path = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        elif isinstance(entry, URLPattern):
            yield path, entry.callback


def test_every_view_has_an_access_rule() -> None:
    without = [path for path, view in patterns(get_resolver()) if not getattr(view, "access_rule", None)]
    assert not without, "\n".join(without)


def test_every_address_has_a_name_of_its_own() -> None:
    names = [entry for entry in get_resolver().reverse_dict if isinstance(entry, str)]
    assert len(names) == len(set(names))
