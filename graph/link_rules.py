"""What may be linked to what."""

from __future__ import annotations

from collections.abc import Mapping

from graph.document import Graph, Link, NodeCall
from graph.errors import Problem
from graph.groups import MATCH_TYPE, allowed_types
from graph.report import describe_input, name_call
from graph.spec import ANY, Choice, Group, Input, NodeSpec, Output


def check_link(
    call: NodeCall, name: str, item: Input | None, link: Link, graph: Graph, catalog: Mapping[str, NodeSpec]
) -> Problem | None:
    """What is wrong with a link into the input ``name``, if anything. ``item`` None: any type will do."""
    source = graph.calls.get(link.call)
    if source is None:
        message = f"{name} links to node {link.call}, which is not in the graph. Link it to another node."
        return _bad_link(call, name, item, link, message)
    outputs = catalog[source.node_type].outputs
    if not 0 <= link.slot < len(outputs):
        has = {0: "no outputs", 1: "only output 0"}.get(len(outputs), f"outputs 0 to {len(outputs) - 1}")
        message = f"{name} links to output {link.slot} of {name_call(source)}, which has {has}."
        return _bad_link(call, name, item, link, message)
    given = outputs[link.slot]
    if item is None or catalog[call.node_type].checks_types or is_compatible(given, item):
        return None
    extra = {
        "input_name": name,
        "input_config": describe_input(item),
        "received_type": given.type,
        "linked_node": [link.call, link.slot],
    }
    wanted = allowed_types(item.kind) if isinstance(item.kind, Group) else item.type
    message = f"{name} takes {wanted}; output {link.slot} of {name_call(source)} gives {given.type}."
    details = f"{name}, received_type({given.type}) mismatch input_type({wanted})"
    return Problem("return_type_mismatch", message, call.id, name, details, extra)


def is_compatible(given: Output, item: Input) -> bool:
    """Whether an output may feed an input: equal types, ``*``, or one in common; lists of choices have to be equal."""
    if isinstance(item.kind, Group):
        return types_fit(given.type, allowed_types(item.kind))
    if given.options and isinstance(item.kind, Choice) and not item.kind.modern and item.kind.options:
        return list(given.options) == list(item.kind.options)
    return types_fit(given.type, item.type)


def types_fit(given: str, wanted: str) -> bool:
    """Whether a value of the type ``given`` is one of the type ``wanted``; either may list several with commas."""
    if given == wanted or ANY in (given, wanted) or MATCH_TYPE in (given, wanted):
        return True
    if "," not in given and "," not in wanted:
        return False
    return not {t.strip() for t in given.split(",")}.isdisjoint(t.strip() for t in wanted.split(","))


def _bad_link(call: NodeCall, name: str, item: Input | None, link: Link, message: str) -> Problem:
    extra = {
        "input_name": name,
        "input_config": describe_input(item),
        "received_value": [link.call, link.slot],
        "linked_node": [link.call, link.slot],
    }
    return Problem("bad_linked_input", message, call.id, name, name, extra)
