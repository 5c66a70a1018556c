"""Errors of this floor, each a sentence for someone making pictures."""

from __future__ import annotations


class DiffusionError(Exception):
    """What, where and what to do, in words for the user."""

    for_user = True


class BadFile(DiffusionError):
    """A model file that is damaged, foreign or of an unknown family."""


class OutOfMemory(DiffusionError):
    """The device has not enough memory, even after everything else left it."""
