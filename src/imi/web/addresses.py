"""Addresses of views, each looked up once.

Django tries the patterns of all views for every address, 15 to 30 µs each; a page of a list has a hundred. What an
address is depends on nothing but the view, its values and where the application is mounted.
"""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_script_prefix, reverse

KEPT = 8192
"""As many as some hundred pages have; about 2 MiB."""


def address_of(view: str, *values: str | int) -> str:
    """The address of a view.

    Args:
        view: its name, with that of its application where it has one.
        values: what its pattern asks for, in order.

    Raises:
        NoReverseMatch: no view of that name takes these values.
    """
    return _found(get_script_prefix(), view, values)


@lru_cache(maxsize=KEPT)
def _found(_mounted_at: str, view: str, values: tuple[str | int, ...]) -> str:
    return reverse(view, args=values)
