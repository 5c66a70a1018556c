"""Errors of node packs, told to the pack's author."""

from __future__ import annotations


class BadNodeClass(Exception):
    """A class or module that does not keep the node contract; the message says what is missing."""


class NotInARun(Exception):
    """A node's code asks for something that only a run has, where none goes on."""
