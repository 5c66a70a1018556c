"""Inputs that stand for several: on the wire each member is an input ``group.member``, functions get them together.

Which members there are follows from the call: from the key chosen (dynamic combo), from what is linked (slot), from how
many were added (autogrow). Members may be groups themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from graph.input_json import read_input
from graph.spec import ANY, MISSING, Choice, Group, Input, NodeSpec, Port

DYNAMIC_COMBO: Final = "COMFY_DYNAMICCOMBO_V3"
AUTOGROW: Final = "COMFY_AUTOGROW_V3"
DYNAMIC_SLOT: Final = "COMFY_DYNAMICSLOT_V3"
MATCH_TYPE: Final = "COMFY_MATCHTYPE_V3"
_MOST_GROWN: Final = 100

Values = Mapping[str, Any]


def input_of(spec: NodeSpec, name: str, values: Values) -> Input | None:
    """The input that a name stands for in a call with these ``values``: declared, or a member of a group; or None."""
    found = spec.by_name.get(name)
    if found is not None:
        return found
    head, dot, rest = name.partition(".")
    group = spec.by_name.get(head) if dot else None
    if group is not None and isinstance(group.kind, Group):
        return _find_member(group, head, rest, values)
    return Input(name, Port(spec.open_type), required=False) if spec.open_type else None


def inputs_of(spec: NodeSpec, values: Values) -> Sequence[Input]:
    """All inputs of a call with these values: those declared, each group followed by its members, by full name."""
    if not spec.has_groups:
        return spec.inputs
    return [item for declared in spec.inputs for item in _with_members(declared, declared.name, values)]


def takes_constant(spec: NodeSpec, name: str, values: Values) -> bool:
    """Whether a constant of that name reaches the node. Those that nobody declared are dropped."""
    return input_of(spec, name, values) is not None or name in spec.hidden_values


def gather_groups(
    values: Values, groups: Mapping[str, Group], leaf: Callable[[str, Any], Any] = lambda _, value: value
) -> dict[str, Any]:
    """The values, with the members of each group in one dictionary under the group's name.

    Autogrow: ``{member: value}``, empty if nothing is linked. Dynamic combo and slot: the same, with the chosen key (or
    what is linked) under the group's own name. A match type has one member only, and stays as it is. ``leaf(name,
    value)`` makes what stands for a member.
    """
    found = {name: value for name, value in values.items() if name.partition(".")[0] not in groups}
    for name, group in groups.items():
        if group.type == MATCH_TYPE:
            found |= {name: values[name]} if name in values else {}
        else:
            found[name] = _gather(Input(name, group), name, values, leaf)
    return found


def allowed_types(group: Group) -> str:
    """The types that a link into the group's own socket may carry."""
    if group.type == MATCH_TYPE:
        return str(group.template.get("template", {}).get("allowed_types") or ANY)
    if group.type == DYNAMIC_SLOT:
        return str(group.template.get("slotType") or ANY)
    return "COMBO" if group.type == DYNAMIC_COMBO else group.type


def template_id(group: Group) -> str:
    """The name that a match type shares with others of its node: all of them carry one type."""
    return str(group.template.get("template", {}).get("template_id") or "") if group.type == MATCH_TYPE else ""


def keys_of(group: Group) -> Choice:
    """What a dynamic combo lets one choose from."""
    return Choice(tuple(option.get("key") for option in group.template.get("options", ())), modern=True)


def _gather(item: Input, path: str, values: Values, leaf: Callable[[str, Any], Any]) -> dict[str, Any]:
    assert isinstance(item.kind, Group)
    own = item.kind.type in (DYNAMIC_COMBO, DYNAMIC_SLOT) and path in values
    found: dict[str, Any] = {path.rpartition(".")[2]: leaf(path, values[path])} if own else {}
    for member in _members(item.kind, path, values):
        full = f"{path}.{member.name}"
        if isinstance(member.kind, Group) and member.kind.type != MATCH_TYPE:
            found[member.name] = _gather(member, full, values, leaf)
        elif full in values:
            found[member.name] = leaf(full, values[full])
    return found


def _find_member(item: Input, path: str, rest: str, values: Values) -> Input | None:
    assert isinstance(item.kind, Group)
    head, dot, deeper = rest.partition(".")
    member = next((m for m in _members(item.kind, path, values) if m.name == head), None)
    if member is None:
        return None
    if dot:
        return _find_member(member, f"{path}.{head}", deeper, values) if isinstance(member.kind, Group) else None
    return _renamed(member, f"{path}.{head}", is_lazy=item.lazy)


def _with_members(item: Input, path: str, values: Values) -> Iterator[Input]:
    yield item
    if isinstance(item.kind, Group):
        for member in _members(item.kind, path, values):
            full = f"{path}.{member.name}"
            yield from _with_members(_renamed(member, full, is_lazy=item.lazy), full, values)


def _members(group: Group, path: str, values: Values) -> Iterator[Input]:
    """The group's members in a call with these values, by their own name."""
    template = group.template
    if group.type == AUTOGROW:
        yield from _grown(template.get("template", template), path, values)
    elif group.type == DYNAMIC_COMBO:
        chosen = values.get(path, MISSING)
        if isinstance(chosen, list) and len(chosen) == 1:  # for a node that takes lists
            chosen = chosen[0]
        options = (o for o in template.get("options", ()) if o.get("key") == chosen)
        yield from _declared(next((o.get("inputs", {}) for o in options), {}))
    elif group.type == DYNAMIC_SLOT and path in values:
        yield from _declared(template.get("inputs", {}))


def _grown(template: Mapping[str, Any], path: str, values: Values) -> Iterator[Input]:
    """Those of the possible members that are there: none is required that was not added."""
    names = template.get("names") or _numbered(str(template.get("prefix", "")), template.get("max", _MOST_GROWN))
    entry: Any = next((e for section in template.get("input", {}).values() for e in section.values()), (ANY, {}))
    start = path + "."
    there = {key.removeprefix(start).partition(".")[0] for key in values if key.startswith(start)}
    for name in names:
        if name in there:
            yield read_input(name, entry, required=False)


def _numbered(prefix: str, most: int) -> list[str]:
    return [f"{prefix}{i}" for i in range(min(most, _MOST_GROWN))]


def _declared(sections: Mapping[str, Mapping[str, Any]]) -> Iterable[Input]:
    for section in ("required", "optional"):
        for name, entry in sections.get(section, {}).items():
            yield read_input(name, entry, required=section == "required")


def _renamed(item: Input, name: str, *, is_lazy: bool) -> Input:
    return replace(item, name=name, lazy=item.lazy or is_lazy)
