"""Errors of node packs, told to the pack's author."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class BadNodeClass(Exception):
    """A class or module that does not keep the node contract; the message says what is missing."""


class NotInARun(Exception):
    """A node's code asks for something that only a run has, where none goes on."""


class NeedsMember(Exception):
    """A node of a pack uses a model, text encoder or the like as another engine's object."""

    for_user = True


@contextmanager
def told_of_missing_members() -> Iterator[None]:
    """Have a member that Easel's models do not have (``model.clone``) missed in a sentence, not an AttributeError."""
    try:
        yield
    except AttributeError as error:
        kind = type(error.obj)
        if not kind.__module__.startswith("diffusion."):
            raise
        raise NeedsMember(
            f"This node uses {kind.__name__}.{error.name}, a part of another engine's model code that Easel does not "
            "have. Use one of Easel's own nodes in its place."
        ) from error
