"""Telling people: notices inside the system and mail that says that something waits, never what it says.

A reader of the log: it may lag, fail and be run again, and still tells nobody twice.
"""
