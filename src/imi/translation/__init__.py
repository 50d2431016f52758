"""Machine translation: engines behind one interface, jobs that lose nothing, and words that must come through whole.

It knows texts and languages, never whose text it is; it stands beside the directory. Nothing leaves the house: the
engine that is built in reads models from a folder, and an engine that sends texts elsewhere has to be allowed by name
of its class (``docs/translation.md``).
"""
