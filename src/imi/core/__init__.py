"""The engine: pure functions over definitions, exchanges and commands.

Nothing here reads a clock, a file, a database or a random number. Whatever the engine needs to know of the
world comes in as :class:`~imi.core.facts.Facts`; whatever has to happen comes out as a
:class:`~imi.core.decide.Decision` or as a :class:`~imi.core.refusal.Refusal` with its reason.
"""
