"""The rules of :mod:`imi.core.lint`, grouped by what they look at."""
