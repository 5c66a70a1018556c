"""What calls depend on outside the graph: their own fingerprint functions, and the files that their inputs name."""

from __future__ import annotations

import asyncio
import inspect
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from graph.document import BadLink, Link, NodeCall
from graph.node import Node
from graph.spec import HIDDEN

Outside = Callable[[NodeCall, Node], str]
# What hidden inputs hold before a run: there is no prompt yet, nor what came with it.
_HIDDEN_BEFORE: Final[Mapping[str, Callable[[NodeCall], Any]]] = {
    **dict.fromkeys(HIDDEN, lambda _: None),
    "UNIQUE_ID": lambda call: call.id,
    "PROMPT": lambda _: {},
}
_log = logging.getLogger(__name__)


def fingerprint_calls(
    calls: Iterable[NodeCall], nodes: Mapping[str, Node], outside: Outside | None = None
) -> dict[str, Any]:
    """The fingerprint of every call that has one. A function that raises counts as NaN: that call always runs."""
    found: dict[str, Any] = {}
    for call in calls:
        node = nodes[call.node_type]
        own = _ask(call, node) if node.fingerprint is not None and call.is_changed is None else call.is_changed
        files = outside(call, node) if outside is not None else ""
        if own is not None or files:
            found[call.id] = (own, files)
    return found


def constants_of(call: NodeCall, node: Node) -> dict[str, Any]:
    """The inputs as a fingerprint or check sees them: constants as they are, links None (1-lists if it takes lists)."""
    values = {name: None if type(v) in (Link, BadLink) else v for name, v in call.inputs.items()}
    values |= {name: _HIDDEN_BEFORE[what](call) for name, what in node.spec.hidden if what in _HIDDEN_BEFORE}
    return {name: [value] for name, value in values.items()} if node.spec.takes_lists else values


def _ask(call: NodeCall, node: Node) -> Any:
    assert node.fingerprint is not None
    try:
        value = node.fingerprint(constants_of(call, node))
        return await_here(value) if inspect.isawaitable(value) else value
    except Exception as error:  # noqa: BLE001  # a node's own code may raise anything
        _log.warning("The fingerprint of node %s (%s) failed, so it runs again: %r", call.id, call.node_type, error)
        return math.nan


def await_here(value: Awaitable[Any]) -> Any:
    """The awaitable's result. In a thread of its own where an event loop runs already, which must not be nested."""

    async def finish() -> Any:
        return await value

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(finish())
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, finish()).result()
