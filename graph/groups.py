"""Inputs that stand for several: on the wire each member is an input ``group.member``, functions get them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graph.spec import Group

DYNAMIC_COMBO: Final = "COMFY_DYNAMICCOMBO_V3"
AUTOGROW: Final = "COMFY_AUTOGROW_V3"
MATCH_TYPE: Final = "COMFY_MATCHTYPE_V3"


def gather_groups(inputs: Mapping[str, Any], groups: Mapping[str, Group]) -> dict[str, Any]:
    """The inputs, with the members of each group in one dictionary under the group's name.

    Autogrow: ``{member: value}``, empty if nothing is linked. Dynamic combo: the same, with the chosen key under the
    group's own name. A match type has one member only, and stays as it is.
    """
    found = {name: value for name, value in inputs.items() if name.partition(".")[0] not in groups}
    for name, group in groups.items():
        if group.type not in (AUTOGROW, DYNAMIC_COMBO):
            found |= {name: inputs[name]} if name in inputs else {}
            continue
        start = name + "."
        members = {key.removeprefix(start): value for key, value in inputs.items() if key.startswith(start)}
        chosen = {name: inputs[name]} if group.type == DYNAMIC_COMBO and name in inputs else {}
        found[name] = chosen | members
    return found
