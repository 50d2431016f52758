"""How authorities enter the system and are kept up: admissions, access, cards, relations, and who may do it.

Each act is one function and one transaction in the module of its subject; :mod:`imi.administration.rights` says who may
do it, :mod:`imi.administration.acts` records who did it, :mod:`imi.administration.queries` reads.
"""
