"""Node types as ``GET /object_info`` tells editors of them. JSON key order is the order of the editor's widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graph.spec import MISSING, Choice, Float, Group, Input, Int, NodeSpec, Output, Port, Text, Toggle

Choices = Callable[[Choice], Sequence[Any] | None]


def describe(spec: NodeSpec, choices: Choices) -> dict[str, Any]:
    """One node type, in the shape of the contract that it was written for. ``choices`` lists a folder's files."""
    sections = {
        "required": [i for i in spec.inputs if i.required],
        "optional": [i for i in spec.inputs if not i.required],
    }
    inputs: dict[str, Any] = {
        section: {i.name: input_to_json(i, choices) for i in items}
        for section, items in sections.items()
        if items or section == "required"
    }
    is_v3 = spec.contract == "v3"
    if spec.hidden:
        inputs["hidden"] = {what.lower() if is_v3 else name: [what] if is_v3 else what for name, what in spec.hidden}
    tooltips = [output.tooltip or None for output in spec.outputs]
    data = {
        "input": inputs,
        "input_order": {section: list(names) for section, names in inputs.items()},
        "output": [_output_type(output) for output in spec.outputs],
        "output_is_list": [output.is_list for output in spec.outputs],
        "output_name": [output.name for output in spec.outputs],
        "name": spec.name,
        "display_name": spec.display_name or (None if is_v3 else spec.name),
        "description": spec.description,
        "python_module": spec.module,
        "category": spec.category,
        "output_node": spec.is_output,
    }
    marks = {"deprecated": spec.deprecated, "experimental": spec.experimental, "api_node": False}
    matched = [output.template_id or None for output in spec.outputs]
    if is_v3:
        return {**data, "output_tooltips": tooltips, "output_matchtypes": matched if any(matched) else None, **marks}
    if any(matched):
        data["output_matchtypes"] = matched
    if any(tooltips):
        data["output_tooltips"] = tooltips
    if spec.synonyms:
        data["search_aliases"] = list(spec.synonyms)
    return {**data, **{name: True for name, is_set in marks.items() if is_set}}


def input_to_json(item: Input, choices: Choices) -> list[Any]:
    """``[type, options]``; of a bare list of choices, ``[list, options]``. Without options, only the first."""
    options: dict[str, Any] = {}
    if item.default is not MISSING:
        options["default"] = item.default
    if item.tooltip:
        options["tooltip"] = item.tooltip
    if item.display_name:
        options["display_name"] = item.display_name
    marks = {
        "lazy": item.lazy,
        "rawLink": item.raw_link,
        "forceInput": item.socket_only,
        "advanced": item.advanced,
    }
    options |= {name: True for name, is_set in marks.items() if is_set}
    type_name, more = _kind_to_json(item.kind, choices)
    options = {**options, **more, **item.extra}
    return [type_name, options] if options else [type_name]


def _kind_to_json(kind: Any, choices: Choices) -> tuple[Any, dict[str, Any]]:
    """The type, or the list of choices, and the options that follow from the kind."""
    match kind:
        case Int():
            limits = _given(min=kind.min, max=kind.max, step=kind.step, display=kind.display or None)
            return "INT", {**limits, **_reroll(kind.reroll)}
        case Float():
            return "FLOAT", _given(
                min=kind.min, max=kind.max, step=kind.step, round=kind.round, display=kind.display or None
            )
        case Toggle():
            return "BOOLEAN", _given(label_on=kind.label_on or None, label_off=kind.label_off or None)
        case Text():
            marks = {"multiline": kind.multiline, "dynamicPrompts": kind.dynamic_prompts}
            return "STRING", {**{k: v for k, v in marks.items() if v}, **_given(placeholder=kind.placeholder or None)}
        case Choice():
            listed = choices(kind)
            options = list(listed if listed is not None else kind.options)
            more = {
                **_reroll(kind.reroll),
                **({f"{kind.upload}_upload": True} if kind.upload not in ("", "folder") else {}),
            }
            if kind.modern:
                return "COMBO", {"multiselect": kind.multiselect, "options": options, **more}
            return options, more
        case Group():
            return kind.type, dict(kind.template)
        case Port():
            return kind.type, {}
        case _:
            raise TypeError(f"{kind!r} is no kind of input")


def _reroll(mode: bool | str) -> dict[str, Any]:
    return {"control_after_generate": mode} if mode else {}


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _output_type(output: Output) -> Any:
    return list(output.options) if output.options else output.type
