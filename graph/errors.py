"""What can go wrong, sorted by who can mend it: the graph's author, a node's author, or us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a user's graph, in words that say what to do.

    ``code`` is the wire's error type (``required_input_missing`` ...). ``call`` is the node's id, "" for the whole
    graph. ``details`` and ``extra`` are what the wire carries beside the message. ``outputs`` cannot run because of it.
    """

    code: str
    message: str
    call: str = ""
    input: str = ""
    details: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()


class GraphError(Exception):
    """A graph that cannot be read or run; carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(p.message for p in problems))
        self.problems = problems


class Cancelled(BaseException):
    """The user stopped the run. A BaseException, so that a node's own ``except Exception`` lets it pass."""


class NodeFailed(Exception):
    """A node's own code raised. ``call`` and ``node_type`` say where; the cause is ``__cause__``."""

    def __init__(self, call: str, node_type: str, message: str) -> None:
        super().__init__(message)
        self.call = call
        self.node_type = node_type


class UserError(Exception):
    """A node refuses its input in a sentence meant for the user; shown without a traceback."""


class DependencyCycleError(Exception):
    """Expansion made a cycle: a node would wait for its own result."""
