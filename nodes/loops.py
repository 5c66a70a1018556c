"""Loops: what lies between a StartLoop and its EndLoop runs several times.

The first round is the user's own graph. EndLoop becomes a LoopStep that waits for it; a LoopStep with rounds left
becomes a copy of what lies between, with a LoopIteration in StartLoop's place, and the next LoopStep. So each round is
an expansion of the one before, and the cache knows rounds like anything else.
"""

# ruff: noqa: ARG001  Of many inputs only the links count: they say what lies between.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

from graph.document import Link, NodeCall
from graph.errors import UserError
from graph.groups import AUTOGROW, DYNAMIC_COMBO
from graph.live import LiveGraph
from graph.node import Done, Expand, Slot, node
from graph.run import Run
from graph.spec import ANY, SEED_MAX, Group, Int, Port, Toggle

MODE = Group(
    DYNAMIC_COMBO,
    {
        "options": [
            {"key": "simple", "inputs": {"required": {"num_iterations": ["INT", {"default": 4, "min": 0}]}}},
            {
                "key": "For",
                "inputs": {
                    "required": {
                        "start_iteration_index": ["INT", {"default": 0}],
                        "max_iteration": ["INT", {"default": 4, "max": SEED_MAX}],
                        "step": ["INT", {"default": 1, "min": 1}],
                    }
                },
            },
            {"key": "List", "inputs": {"required": {"list": [ANY, {}]}}},
        ]
    },
)
TERMINATIONS = Group(
    AUTOGROW,
    {"template": {"input": {"optional": {"termination": [ANY, {}]}}, "prefix": "termination", "min": 0, "max": 50}},
)
COUNT: Final = 5  # LoopIteration's last output

Mode = Annotated[Mapping[str, list[Any]], MODE]
Value = Annotated[list[Any], Port(ANY)]
Lazy = Annotated[list[Any], Port(ANY), Slot(optional=True, lazy=True)]
Place = Annotated[list[int], Port("INT")]
Name = Annotated[list[str], Port("STRING")]
Me = Annotated[list[str], Slot(hidden="UNIQUE_ID")]
Live = Annotated[list[LiveGraph], Slot(hidden="DYNPROMPT")]
Outputs = Annotated[list[Any], Port(ANY), Slot(name="outputs", is_list=True)]
Truth = Annotated[bool, Toggle()]


class Round(NamedTuple):
    iteration_index: Annotated[int, Int()]
    is_first: Truth
    is_last: Truth
    list_item: Annotated[Any, Port(ANY)]
    current_iteration_value: Annotated[list[Any], Port(ANY), Slot(is_list=True)]


class CountedRound(NamedTuple):
    iteration_index: Annotated[int, Int()]
    is_first: Truth
    is_last: Truth
    list_item: Annotated[Any, Port(ANY)]
    current_iteration_value: Annotated[list[Any], Port(ANY), Slot(is_list=True)]
    rounds: Annotated[int, Int()]


@node("StartLoop", display_name="Start Loop", category="logic", needs_device=False, takes_lists=True, experimental=True)
def start_loop(
    *,
    mode: Mode,
    cache_iterations: Annotated[
        Any, Toggle(), "Easel reuses unchanged results of any round, so this changes nothing."
    ] = False,
    parent_iteration: Annotated[Any, Int(), Slot(optional=True, socket_only=True)] = None,
    initial_iteration_value: Annotated[Any, Port(ANY), "What comes in at the first round."] = None,
) -> Round:
    """Where a loop starts: which round it is, and what the round before handed on."""
    return Round(*_round(mode, 0, initial_iteration_value)[:COUNT])


@node("LoopIteration", category="logic", needs_device=False, takes_lists=True, experimental=True)
def loop_iteration(*, mode: Mode, position: Place, current: Annotated[Any, Port(ANY)] = None) -> CountedRound:
    """A later round's StartLoop; End Loop makes it."""
    return _round(mode, position[0], current)


@node("EndLoop", display_name="End Loop", category="logic", needs_device=False, takes_lists=True, experimental=True)
def end_loop(
    *,
    output_value: Annotated[Any, Port(ANY), "What comes out of the loop.", Slot(optional=True, lazy=True)] = None,
    next_iteration_value: Annotated[Any, Port(ANY), "Handed to the next round.", Slot(optional=True, lazy=True)] = None,
    accumulate: Annotated[Any, Toggle(), "Give every round's value as a list, not the last one's only."] = False,
    terminations: Annotated[Any, TERMINATIONS, "What else has to run in every round."] = None,
    me: Me,
    live: Live,
) -> Expand[Outputs]:
    """Where a loop ends: what lies between it and Start Loop runs once for each round."""
    end, graph = me[0], live[0]
    start = find_start(end, graph)
    counting = {**_as_json(graph.calls[start].inputs, _MODE), "position": 0}
    step = {
        **_step_links(graph.calls[end], {}),
        "count": ["count", COUNT],
        "position": 0,
        "accumulate": bool(_first(accumulate)),
        "collected": {"__value__": []},
        "start": start,
        "end": end,
    }
    subgraph = {
        "count": {"class_type": "LoopIteration", "inputs": counting},
        "step": {"class_type": "LoopStep", "inputs": step},
    }
    return Expand(subgraph, (["step", 0],))


def _needed_value(count: Sequence[int]) -> list[str]:
    return ["value"] if count[0] > 0 else []


@node("LoopStep", category="logic", needs_device=False, takes_lists=True, experimental=True, needs=_needed_value)
def loop_step(
    *,
    count: Place,
    position: Place,
    value: Lazy | None = None,
    next_value: Lazy | None = None,
    accumulate: Annotated[list[bool], Port("BOOLEAN")],
    collected: Value,
    start: Name,
    end: Name,
    terminations: Annotated[Any, TERMINATIONS] = None,
    me: Me,
    live: Live,
    run: Run,
) -> Done[Outputs] | Expand[Outputs]:
    """The end of a round, and the beginning of the next; End Loop makes it."""
    if count[0] <= 0:
        return Done(([],))
    values = [*(collected[0] if accumulate[0] else ()), *(value or [None])]
    place = position[0] + 1
    run.progress(place, count[0])
    if place >= count[0]:
        return Done((values,))
    graph = live[0]
    first, last, own = graph.calls[start[0]], graph.calls[end[0]], graph.calls[me[0]]
    handed_on = own.inputs.get("next_value")
    opening = {**_as_json(first.inputs, _MODE), "position": place}
    if isinstance(handed_on, Link):
        opening["current"] = [handed_on.call, handed_on.slot]
    body = find_body(first.id, last.id, graph)
    names = {first.id: "start", **{call: f"~{call}" for call in body}}
    step = {
        **_step_links(last, names),
        "count": count[0],
        "position": place,
        "accumulate": accumulate[0],
        "collected": {"__value__": values},
        "start": first.id,
        "end": last.id,
    }
    subgraph = {
        "start": {"class_type": "LoopIteration", "inputs": opening, "override_display_id": graph.shown_on(first.id)},
        **{names[call]: _copy(graph.calls[call], names, graph) for call in body},
        "step": {"class_type": "LoopStep", "inputs": step},
    }
    return Expand(subgraph, (["step", 0],))


def find_start(end: str, graph: LiveGraph) -> str:
    """The StartLoop that an EndLoop closes: the innermost one it hangs on that no other EndLoop before it closes."""
    before = _upstream(end, graph)
    types = {call: graph.calls[call].node_type for call in before}
    closed = {find_start(call, graph) for call, name in types.items() if name == "EndLoop"}
    opened = [call for call, name in types.items() if name == "StartLoop" and call not in closed]
    for call in opened:
        if not any(call in _upstream(other, graph) for other in opened if other != call):
            return call
    raise UserError("EndLoop hangs on no StartLoop. Link what is to be repeated between the two.")


def find_body(start: str, end: str, graph: LiveGraph) -> list[str]:
    """What lies between: the calls that the end hangs on and that hang on the start themselves."""
    return [call for call in _upstream(end, graph) if call != start and start in _upstream(call, graph)]


def _round(mode: Mapping[str, list[Any]], position: int, current: Any) -> CountedRound:
    chosen = _first(mode.get("mode"))
    items: Sequence[Any] = ()
    match chosen:
        case "simple":
            indices = range(int(_first(mode.get("num_iterations", 4))))
        case "For":
            start, stop, step = (int(_first(mode.get(key, usual))) for key, usual in _FOR.items())
            if step < 1:
                raise UserError(f"step is {step}; it is at least 1.")
            indices = range(start, stop, step)
        case "List":
            items = mode.get("list", ())
            indices = range(len(items))
        case _:
            raise UserError(f"There is no loop mode '{chosen}'. Choose simple, For or List.")
    index = indices[position] if position < len(indices) else indices.start
    item = items[position] if position < len(items) else None
    is_last = position >= len(indices) - 1
    return CountedRound(index, position == 0, is_last, item, [None] if current is None else current, len(indices))


_FOR: Final = {"start_iteration_index": 0, "max_iteration": 4, "step": 1}
_MODE: Final = "mode"


def _upstream(call: str, graph: LiveGraph) -> dict[str, None]:
    """All calls that one hangs on, the nearest first."""
    found: dict[str, None] = {}
    waiting = [call]
    while waiting:
        links = [v for v in graph.calls[waiting.pop(0)].inputs.values() if isinstance(v, Link)]
        new = [link.call for link in links if link.call not in found]
        found |= dict.fromkeys(new)
        waiting += dict.fromkeys(new)
    return found


def _step_links(end: NodeCall, names: Mapping[str, str]) -> dict[str, Any]:
    """The EndLoop's links as a LoopStep's, into the round that ``names`` belongs to."""
    found = {"value": end.inputs.get("output_value"), "next_value": end.inputs.get("next_iteration_value")}
    found |= {name: value for name, value in end.inputs.items() if name.startswith("terminations.")}
    return {name: _value(value, names) for name, value in found.items() if isinstance(value, Link)}


def _copy(call: NodeCall, names: Mapping[str, str], graph: LiveGraph) -> dict[str, Any]:
    inputs = {name: _value(value, names) for name, value in call.inputs.items()}
    return {"class_type": call.node_type, "inputs": inputs, "override_display_id": graph.shown_on(call.id)}


def _as_json(inputs: Mapping[str, Any], group: str) -> dict[str, Any]:
    return {name: _value(value, {}) for name, value in inputs.items() if name.partition(".")[0] == group}


def _value(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Link):
        return [names.get(value.call, value.call), value.slot]
    return {"__value__": value} if isinstance(value, list | dict) else value


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value
