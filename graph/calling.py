"""One call of a node: over every item of its lists, lazy inputs first, at once or later (when the node is async)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any, TypeVar

from graph.blocker import ExecutionBlocker
from graph.mapping import Inputs
from graph.node import Answer, Needs, Node
from graph.run import Run, current_item

T = TypeVar("T")
Item = Inputs | ExecutionBlocker
Answers = list[Answer | ExecutionBlocker]


def call_node(
    node: Node, items: Sequence[Item], unevaluated: frozenset[str], run: Run
) -> Answers | Coroutine[Any, Any, Answers]:
    """The node's answer for each item; a coroutine of them if the node is async. Blocked items are passed over.

    While it wants more of the ``unevaluated`` inputs, the only answer is Needs.
    """
    if node.needs is not None and unevaluated:
        open_items = [item for item in items if type(item) is not ExecutionBlocker]
        wanted = [node.needs(item, run) for item in open_items]  # type: ignore[arg-type]  # no blockers among them
        if any(inspect.isawaitable(names) for names in wanted):
            return _call_later(node, items, unevaluated, wanted, run)
        needs = _new_needs(wanted, unevaluated)
        if needs is not None:
            return [needs]
    return _call_items(node, items, run)


def _new_needs(wanted: Sequence[Any], unevaluated: frozenset[str]) -> Needs | None:
    """What of the wanted names is not there yet; a name that is no input at all is kept, for the engine to refuse."""
    names = [name for asked in wanted if isinstance(asked, list | tuple | set) for name in asked]
    new = tuple(dict.fromkeys(name for name in names if isinstance(name, str)))
    return Needs(new) if any(name in unevaluated for name in new) else None


def _call_items(node: Node, items: Sequence[Item], run: Run) -> Answers | Coroutine[Any, Any, Answers]:
    answers: list[Any] = []
    is_later = False
    for index, item in enumerate(items):
        if isinstance(item, ExecutionBlocker):
            answers.append(item)
            continue
        if index:
            current_item.set(index)
            run.check_cancelled()
        answer = node.call(item, run)
        is_later = is_later or inspect.isawaitable(answer)
        answers.append(answer)
    return _all_later(answers) if is_later else answers


async def _call_later(
    node: Node, items: Sequence[Item], unevaluated: frozenset[str], wanted: Sequence[Any], run: Run
) -> Answers:
    needs = _new_needs(await _all_later(wanted), unevaluated)
    if needs is not None:
        return [needs]
    answers = _call_items(node, items, run)
    return await answers if inspect.isawaitable(answers) else answers


async def _all_later(values: Sequence[Any]) -> list[Any]:
    """The values, awaited together where they are awaitable; if one fails, the others are cancelled."""
    tasks = [asyncio.ensure_future(_await_item(v, i)) for i, v in enumerate(values)]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _await_item(value: Awaitable[T] | T, index: int) -> T:
    current_item.set(index)
    return await value if inspect.isawaitable(value) else value
