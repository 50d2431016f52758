"""Tests of the help, the first steps and the practice."""
