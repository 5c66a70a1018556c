"""An exception in a node's code, as the event that tells of it: the sentence, the node's own lines, its inputs."""

from __future__ import annotations

import os
import traceback
from collections.abc import Container, Mapping, Sequence
from typing import Any, Final

from graph.errors import DependencyCycleError, NodeFailed, UserError
from graph.events import Failed
from graph.live import LiveGraph
from graph.mapping import Many
from graph.order import find_cycles

_HERE: Final = os.path.dirname(__file__) + os.sep
_SHOWN: Final = 200


def describe_failure(
    error: BaseException, call: str, node_type: str, inputs: Mapping[str, Any], executed: Sequence[str]
) -> Failed:
    """The event for an error that ended a run at ``call``, an id of the user's graph."""
    kind = type(error)
    module = "graph" if kind.__module__.startswith("graph.") else kind.__module__
    return Failed(
        call=call,
        node_type=node_type,
        message=_say(error),
        exception_type=kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}",
        traceback=() if is_for_user(error) else _own_lines(error),
        inputs={name: describe_value(value) for name, value in inputs.items()},
        executed=tuple(executed),
    )


def describe_cycle(
    waited_for: Mapping[str, Sequence[str]], expanded: Container[str], live: LiveGraph, executed: Sequence[str]
) -> Failed:
    """The event for a run whose calls wait for each other: an expansion's fault, since users' graphs are checked."""
    cycle = find_cycles(waited_for, waited_for)[0]
    maker = next((call for call in cycle if call in expanded), None)
    maker = maker or next((parent for call in cycle if (parent := live.parent(call))), cycle[0])
    node_type = live.calls[maker].node_type
    way = " -> ".join([*cycle, cycle[0]])
    error = DependencyCycleError(f"{node_type} expanded to nodes that wait for its own result: {way}.")
    return describe_failure(error, live.shown_on(maker), node_type, {}, executed)


def is_for_user(error: BaseException) -> bool:
    """Whether the error's text is a sentence for the user, so that a traceback would only be in the way."""
    return isinstance(error, UserError | NodeFailed) or bool(getattr(error, "for_user", False))


def describe_value(value: Any) -> Any:
    """A value in a few words: plain ones as they are (cut if long), others by their type and shape."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= _SHOWN else value[:_SHOWN] + "..."
    if isinstance(value, Many):
        return [describe_value(item) for item in value.values[:8]]
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__}{list(shape)}" if isinstance(shape, tuple) else type(value).__name__


def _say(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _own_lines(error: BaseException) -> tuple[str, ...]:
    """The traceback without the engine's own frames."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_HERE)]
    return tuple(traceback.format_list(frames))
