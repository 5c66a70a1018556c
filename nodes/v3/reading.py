"""Node classes of the second contract as Nodes, converted once at load."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from graph.blocker import ExecutionBlocker
from graph.groups import gather_groups
from graph.input_json import read_input
from graph.node import Answer, Done, Expand, Node
from graph.run import Run
from graph.spec import Group, NodeSpec, Output
from nodes.errors import BadNodeClass, told_of_missing_members
from nodes.field_values import from_field, item_to_field
from nodes.v3.dynamic import MatchType
from nodes.v3.node import ComfyNode, NodeOutput
from nodes.v3.schema import HiddenHolder, Schema

# Hidden values have a namespace of their own there, but not among the engine's inputs.
_HIDDEN = "hidden "


def node_from_v3(cls: type[ComfyNode], *, module: str = "") -> Node:
    """The Node of a class. Raises BadNodeClass with the reason when the class does not keep the contract."""
    schema = cls.GET_SCHEMA()
    spec = read_schema(cls, schema, module=module)
    groups = {item.name: item.kind for item in spec.inputs if isinstance(item.kind, Group)}

    def bind(inputs: Mapping[str, Any]) -> tuple[type[ComfyNode], dict[str, Any]]:
        hidden = {k.removeprefix(_HIDDEN): v for k, v in inputs.items() if k.startswith(_HIDDEN)}
        if spec.takes_lists:
            hidden = {name: value[0] for name, value in hidden.items()}
        values = {k: item_to_field(v, spec.takes_lists) for k, v in inputs.items() if not k.startswith(_HIDDEN)}
        return cls.PREPARE_CLASS_CLONE(HiddenHolder.from_dict(hidden)), values

    def call(inputs: Mapping[str, Any], _: Run) -> Answer | Awaitable[Answer]:
        clone, values = bind(inputs)
        with told_of_missing_members():
            result = clone.execute(**gather_groups(values, groups))
        if inspect.isawaitable(result):
            return _answer_later(result, spec, schema)
        return read_output(result, spec, schema)

    def needs(inputs: Mapping[str, Any], _: Run) -> Sequence[str] | Awaitable[Sequence[str]]:
        clone, values = bind(inputs)
        # A member's own name does not say which input it is, so that members come with their full name here.
        asked: Sequence[str] = clone.check_lazy_status(**gather_groups(values, groups, lambda name, v: (v, name)))
        return asked

    def ask(function: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
        names = _parameters(function)

        def answer(inputs: Mapping[str, Any]) -> Any:
            values = {k: v for k, v in inputs.items() if not k.startswith(_HIDDEN)}
            gathered = {k: v for k, v in gather_groups(values, groups).items() if k in names or "*" in names}
            return function(**gathered)

        return answer

    is_lazy = cls.overrides("check_lazy_status") or any(item.lazy for item in spec.inputs) or groups
    return Node(
        spec,
        call,
        needs=needs if is_lazy else None,
        check=ask(cls.validate_inputs) if spec.has_check else None,
        fingerprint=ask(cls.fingerprint_inputs) if spec.has_fingerprint else None,
        reread=lambda: read_schema(cls, cls.GET_SCHEMA(), module=module),
    )


def read_schema(cls: type[ComfyNode], schema: Schema, *, module: str = "") -> NodeSpec:
    """What the class declares, as data."""
    has_check = cls.overrides("validate_inputs")
    checks = _parameters(cls.validate_inputs) if has_check else ()
    if not cls.overrides("execute"):
        raise BadNodeClass(f"{schema.node_id} lacks execute, which a node class must have.")
    return NodeSpec(
        name=schema.node_id,
        inputs=tuple(read_input(item.id, item.as_entry(), required=not item.optional) for item in schema.inputs),
        outputs=tuple(_read_output(item) for item in schema.outputs),
        display_name=schema.display_name or "",
        category=schema.category,
        description=schema.description or "",
        module=module,
        is_output=schema.is_output_node,
        takes_lists=schema.is_input_list,
        takes_any_input="*" in _parameters(cls.execute),
        open_type="*" if schema.accept_all_inputs else "",
        not_idempotent=schema.not_idempotent,
        deprecated=schema.is_deprecated,
        experimental=schema.is_experimental,
        has_check=has_check,
        checks=tuple(name for name in checks if name != "input_types"),
        checks_types="input_types" in checks,
        has_fingerprint=cls.overrides("fingerprint_inputs"),
        hidden=tuple((_HIDDEN + item.value, item.value) for item in schema.hidden),
        contract="v3",
        synonyms=tuple(schema.search_aliases or ()),
    )


def read_output(result: Any, spec: NodeSpec, schema: Schema) -> Answer:
    """What ``execute`` returned, as an Answer. Raises TypeError for what the contract does not know."""
    if result is None:
        result = NodeOutput()
    elif isinstance(result, ExecutionBlocker):
        result = NodeOutput(*[result] * len(spec.outputs))
    elif isinstance(result, tuple):
        result = NodeOutput(*result)
    elif isinstance(result, Mapping):
        result = NodeOutput.from_dict(result)
    elif not isinstance(result, NodeOutput):
        raise TypeError(
            f"Invalid return type from node: {spec.name} returned {type(result).__name__}. "
            "Return a NodeOutput, a tuple, a dictionary or None."
        )
    ui = result.ui.as_dict() if hasattr(result.ui, "as_dict") else result.ui
    if result.block_execution is not None:
        return Done((ExecutionBlocker(result.block_execution or None),) * len(spec.outputs), ui)
    values = tuple(
        item_from_field(value, spec.outputs[i]) if i < len(spec.outputs) else value
        for i, value in enumerate(result.args)
    )
    if result.expand is None:
        return Done(values, ui)
    if not schema.enable_expand:
        raise TypeError(f"{spec.name} expands to other nodes, but its schema does not say enable_expand=True.")
    return Expand(result.expand, values, ui)


def item_from_field(value: Any, output: Output) -> Any:
    """One output as Easel holds it; each item of it if the output is a list."""
    if output.is_list and isinstance(value, list):
        return [from_field(output.type, item) for item in value]
    return from_field(output.type, value)


async def _answer_later(result: Awaitable[Any], spec: NodeSpec, schema: Schema) -> Answer:
    with told_of_missing_members():
        answer = await result
    return read_output(answer, spec, schema)


def _read_output(item: Any) -> Output:
    io_type = item.get_io_type()
    return Output(
        name=item.display_name or io_type,
        type=io_type,
        is_list=item.is_output_list,
        tooltip=item.tooltip or "",
        options=tuple(getattr(item, "options", ())),
        template_id=item.template.template_id if isinstance(item, MatchType.Output) else "",
    )


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    parameters = inspect.signature(function).parameters.values()
    return tuple("*" if p.kind is p.VAR_KEYWORD else p.name for p in parameters)
