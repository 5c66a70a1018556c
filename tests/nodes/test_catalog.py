"""The field's node types, as facts (names, inputs, order, defaults, outputs), beside those that Easel declares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import nodes
from graph.spec import MISSING, Choice, Input, NodeSpec

FIELD: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent.parent / "data" / "node-catalog.json").read_text())
OURS: dict[str, NodeSpec] = {node.spec.name: node.spec for node in nodes.builtin()}
SHARED = sorted(FIELD.keys() & OURS.keys())

# Deliberate differences: docs/decisions/0002-names-of-saved-files.md
RENAMED_DEFAULTS = {"filename_prefix"}
RENAMED_DEFAULTS_OF = {("SaveLoRA", "prefix")}

# Sockets, into which nobody types a number: a default and limits would say nothing.
SOCKETS = {("CreateHookKeyframesFromFloats", "floats_strength")}

# Options of the field that Easel does not offer (yet); choosing one is refused with the list of those it has.
NOT_YET = {"LoHa", "LoKr", "OFT", "alternative", "img_to_img"}
# Newer workflows use more of these than the catalog knows: inputs and outputs that come after its own, or that may stay
# unlinked, or a list where the catalog has one value.
GROWN = {
    "ComfySwitchNode",
    "CreateVideo",
    "CustomCombo",
    "GetVideoComponents",
    "MaskPreview",
    "MergeTextLists",
    "PreviewAny",
    "PreviewImage",
    "SaveImage",
    "SaveVideo",
}
# Sockets that take more now: what the catalog has is one of the types that they take.
WIDENED = {("SaveGLB", "mesh"): "MESH"}


def declared(name: str) -> list[tuple[str, Any, dict[str, Any], bool]]:
    """(input, type, options, required) as the field declares them, in order."""
    sections = FIELD[name]["input"]
    return [
        (key, entry[0], entry[1] if len(entry) > 1 else {}, section == "required")
        for section in ("required", "optional")
        for key, entry in sections.get(section, {}).items()
    ]


def wire_type(name: str, item: Input) -> str:
    taken = "COMBO" if isinstance(item.kind, Choice) else item.type
    narrow = WIDENED.get((name, item.name), taken)
    return narrow if narrow in taken.split(",") else taken


@pytest.mark.parametrize("name", SHARED)
def test_inputs_have_the_field_s_names_order_and_types(name: str) -> None:
    theirs = [(k, "COMBO" if isinstance(t, list) else t, required) for k, t, _, required in declared(name)]
    ours = [(i.name, wire_type(name, i), i.required) for i in OURS[name].inputs]
    if name not in GROWN:
        assert ours == theirs
    else:
        assert [i[:2] for i in ours[: len(theirs)]] == [i[:2] for i in theirs]
        assert not any(required for _, _, required in ours[len(theirs) :])


@pytest.mark.parametrize("name", SHARED)
def test_defaults_and_limits_are_the_field_s(name: str) -> None:
    differences = []
    for (key, _, options, _), ours in zip(declared(name), OURS[name].inputs, strict=name not in GROWN):
        if (name, key) in SOCKETS:
            continue
        renamed = key in RENAMED_DEFAULTS or (name, key) in RENAMED_DEFAULTS_OF
        if "default" in options and not renamed and ours.default != options["default"]:
            differences.append(
                (key, "default", ours.default if ours.default is not MISSING else None, options["default"])
            )
        differences += [
            (key, limit, getattr(ours.kind, limit, None), options[limit])
            for limit in ("min", "max", "step")
            if limit in options and getattr(ours.kind, limit, None) != options[limit]
        ]
    assert differences == []


@pytest.mark.parametrize("name", SHARED)
def test_choices_keep_the_field_s_options_in_its_order(name: str) -> None:
    for (key, kind, options, _), ours in zip(declared(name), OURS[name].inputs, strict=name not in GROWN):
        theirs = kind if isinstance(kind, list) else options.get("options", []) if kind == "COMBO" else []
        if isinstance(ours.kind, Choice) and not (ours.kind.folder or ours.kind.more) and theirs:
            assert [o for o in ours.kind.options if o in theirs] == [o for o in theirs if o in ours.kind.options], key
            assert set(theirs) - set(ours.kind.options) <= NOT_YET, key


@pytest.mark.parametrize("name", SHARED)
def test_outputs_have_the_field_s_types_and_names(name: str) -> None:
    field, ours = FIELD[name], OURS[name]
    types = ["COMBO" if isinstance(t, list) else t for t in field["output"]]
    outputs = ours.outputs[: len(types)] if name in GROWN else ours.outputs
    assert ([o.type for o in outputs], [o.name for o in outputs]) == (types, field["output_name"])
    if name not in GROWN:
        assert [o.is_list for o in outputs] == field.get("output_is_list", [False] * len(types))
    assert ours.is_output == field.get("output_node", False)


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_node_says_what_it_does(name: str) -> None:
    assert OURS[name].description
    assert OURS[name].category
