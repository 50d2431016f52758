"""The shell round the engine: stores events, projects them into lists and tasks, keeps time.

One action is one transaction and one function (:func:`imi.exchanges.actions.act`): check, append the event, update the
projections, note whom to tell. Nothing has effects outside the log.
"""
