"""What a node answered, over all items of its lists, sorted into what the run does with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.blocker import ExecutionBlocker
from graph.document import NodeCall
from graph.errors import NodeFailed
from graph.expand import Expansion
from graph.mapping import blocked_outputs
from graph.node import Done, Expand, Needs
from graph.spec import NodeSpec


@dataclass(slots=True)
class Sorted:
    """results: per item its outputs, for expansions with Links still. messages: what blockers had to say."""

    results: list[Sequence[Any]] = field(default_factory=list)
    uis: list[Mapping[str, Sequence[Any]] | None] = field(default_factory=list)
    expansions: list[Expansion] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    needs: Needs | None = None
    is_blocked: bool = False


def sort_answers(
    call: NodeCall, spec: NodeSpec, answers: Sequence[Any], read_expansion: Callable[[int, Expand[Any]], Expansion]
) -> Sorted:
    """Sort the answers of a call's items. Raises NodeFailed for what is no answer."""
    found = Sorted()
    for index, answer in enumerate(answers):
        match answer:
            case Done(outputs=tuple() as outputs, ui=ui):
                found.results.append(_filled(spec, outputs))
                found.uis.append(ui)
            case Needs():
                found.needs = answer
                return found
            case Expand():
                expansion = read_expansion(index, answer)
                found.expansions.append(expansion)
                found.results.append(expansion.outputs)
                found.uis.append(answer.ui)
            case ExecutionBlocker(message=message):  # the item was not called at all
                found.is_blocked = True
                found.results.append(blocked_outputs(spec, ExecutionBlocker()))
                found.messages += [message] if message is not None else []
            case _:
                kind = type(answer).__name__
                message = f"{spec.name} answered with {kind}; a node answers with Done, Needs or Expand."
                raise NodeFailed(call.id, spec.name, message)
    return found


def _filled(spec: NodeSpec, outputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The outputs; a lone blocker stands for all of them."""
    if len(outputs) == 1 and type(outputs[0]) is ExecutionBlocker:
        return blocked_outputs(spec, outputs[0])
    return outputs
