"""Procedures as files: reading, checking, translating, comparing and drawing them.

Nothing here knows Django, and nothing here decides what happens in an exchange: that is :mod:`imi.core`.
The way in for programs is :class:`imi.catalogue.registry.Catalogue`, for people ``./imi procedures``.
"""
