"""Lists on the wires: a call whose inputs carry several values runs once for each.

A slot holds one value, or ``Many`` values. One value is the same as Many of one. Shorter lists repeat their last item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.blocker import ExecutionBlocker
from graph.spec import NodeSpec

Inputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Many:
    """Several values in one slot."""

    values: list[Any]


def make_items(inputs: Inputs, takes_lists: bool) -> list[Inputs]:
    """The inputs of each single call. An empty list among them means that there is nothing to call for."""
    if takes_lists:
        return [{k: list(v.values) if type(v) is Many else [v] for k, v in inputs.items()}]
    counts = [len(value.values) for value in inputs.values() if type(value) is Many]
    if not counts:
        return [inputs]
    count = 0 if 0 in counts else max(counts)
    return [{name: _item(value, i) for name, value in inputs.items()} for i in range(count)]


def find_blocker(item: Inputs, takes_lists: bool) -> ExecutionBlocker | None:
    """The first blocker among a call's inputs; inside its lists, if it takes lists."""
    for value in item.values():
        for inner in value if takes_lists else (value,):
            if type(inner) is ExecutionBlocker:
                return inner
    return None


def blocked_outputs(spec: NodeSpec, blocker: ExecutionBlocker) -> tuple[Any, ...]:
    """What a skipped call gives instead of its outputs."""
    return (blocker,) * len(spec.outputs)


def merge_outputs(spec: NodeSpec, results: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """The slots of a call, from the outputs of its single calls. Outputs that are lists are strung together."""
    is_list = [output.is_list for output in spec.outputs]
    if len(results) == 1 and True not in is_list:
        return tuple(results[0])
    width = max([len(result) for result in results], default=len(is_list))
    slots = [[result[i] for result in results if i < len(result)] for i in range(width)]
    return tuple(
        as_slot(_strung(values) if i < len(is_list) and is_list[i] else values) for i, values in enumerate(slots)
    )


def as_slot(values: list[Any]) -> Any:
    """Values as a slot holds them. (Values that are slots themselves, as an expansion gives, are strung together.)"""
    if any(type(value) is Many for value in values):
        values = [inner for value in values for inner in (value.values if type(value) is Many else [value])]
    return values[0] if len(values) == 1 else Many(values)


def merge_ui(uis: Sequence[Mapping[str, Sequence[Any]] | None]) -> Mapping[str, Sequence[Any]] | None:
    """What the editor shows for several calls: for each key of the first, the lists strung together."""
    found = [ui for ui in uis if ui is not None]
    if len(found) < 2:
        return found[0] if found else None
    return {key: [item for ui in found for item in ui.get(key, ())] for key in found[0]}


def _item(value: Any, i: int) -> Any:
    if type(value) is not Many:
        return value
    return value.values[min(i, len(value.values) - 1)]


def _strung(values: list[Any]) -> list[Any]:
    """The items of several lists; a blocker, or a link that stands for a list, is an item of its own."""
    return [inner for value in values for inner in (value if type(value) in (list, tuple) else [value])]
