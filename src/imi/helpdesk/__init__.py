"""The help desk: questions to coordinators, their frequent answers, and messages by which coordinators step in.

Nothing of a case belongs here: a thread may name the number of an exchange, and whoever may open it finds it there.
Source: the coordinator's task sheet (technical and legal support; contacting authorities and coordinators abroad).
"""
