"""Tests of the coordinators' desk."""
