"""Node classes of the field's first contract (INPUT_TYPES, RETURN_TYPES, FUNCTION) as Nodes, converted once at load."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from graph.node import Answer, Done, Expand, Node
from graph.run import Run, current_call
from graph.spec import MISSING, Choice, Float, Input, Int, Kind, NodeSpec, Output, Port, Text, Toggle
from nodes.errors import BadNodeClass
from nodes.field_values import from_field, to_field

_COMMON = {"default", "tooltip", "lazy", "rawLink", "forceInput", "socketless", "advanced", "display_name"}


def node_from_class(name: str, cls: Any, *, display_name: str = "", module: str = "") -> Node:
    """The Node of a V1 class. Raises BadNodeClass with the reason when the class does not keep the contract."""
    spec = read_spec(name, cls, display_name=display_name, module=module)
    instances: dict[str, Any] = {}

    def call(inputs: Mapping[str, Any], _: Run) -> Answer | Awaitable[Answer]:
        instance = instances.get(current_call.get())
        if instance is None:  # kept for the node's life, since classes keep state in self
            instance = instances[current_call.get()] = cls()
        result = getattr(instance, cls.FUNCTION)(**{k: to_field(v) for k, v in inputs.items()})
        if inspect.isawaitable(result):
            return _answer_later(result, spec)
        return read_result(result, spec)

    def needs(inputs: Mapping[str, Any], _: Run) -> Sequence[str] | Awaitable[Sequence[str]]:
        asked: Sequence[str] = cls().check_lazy_status(**{k: to_field(v) for k, v in inputs.items()})
        return asked

    return Node(
        spec,
        call,
        needs=needs if hasattr(cls, "check_lazy_status") else None,
        check=_by_name(cls.VALIDATE_INPUTS) if spec.has_check else None,
        fingerprint=_by_name(cls.IS_CHANGED) if spec.has_fingerprint else None,
    )


def read_spec(name: str, cls: Any, *, display_name: str = "", module: str = "") -> NodeSpec:
    """What the class declares, as data. Called again to see changed choices (new files and the like)."""
    try:
        declared = cls.INPUT_TYPES()
        types = tuple(cls.RETURN_TYPES)
        function = getattr(cls, cls.FUNCTION)
    except AttributeError as error:
        raise BadNodeClass(f"{name} lacks {error.name}, which a node class must have.") from error
    inputs = [
        _read_input(key, entry, required=section == "required")
        for section in ("required", "optional")
        for key, entry in (declared.get(section) or {}).items()
    ]
    hidden = {k: v[0] if isinstance(v, tuple | list) else v for k, v in (declared.get("hidden") or {}).items()}
    checks = _parameters(cls.VALIDATE_INPUTS) if hasattr(cls, "VALIDATE_INPUTS") else ()
    return NodeSpec(
        name=name,
        inputs=tuple(inputs),
        outputs=_read_outputs(cls, types),
        display_name=display_name or name,
        category=getattr(cls, "CATEGORY", "sd"),
        description=getattr(cls, "DESCRIPTION", "") or "",
        module=module,
        is_output=bool(getattr(cls, "OUTPUT_NODE", False)),
        takes_lists=bool(getattr(cls, "INPUT_IS_LIST", False)),
        takes_any_input="*" in _parameters(function),
        not_idempotent=bool(getattr(cls, "NOT_IDEMPOTENT", False)),
        deprecated=bool(getattr(cls, "DEPRECATED", False)),
        experimental=bool(getattr(cls, "EXPERIMENTAL", False)),
        has_check=hasattr(cls, "VALIDATE_INPUTS"),
        checks=tuple(p for p in checks if p != "input_types"),
        checks_types="input_types" in checks,
        has_fingerprint=hasattr(cls, "IS_CHANGED"),
        hidden=tuple(hidden.items()),
        contract="v1",
    )


def read_result(result: Any, spec: NodeSpec) -> Answer:
    """What a V1 function returned (a tuple, or ``{ui, result, expand}``), as an Answer."""
    ui, expand, values = None, None, result
    if isinstance(result, dict):
        ui, expand, values = result.get("ui"), result.get("expand"), result.get("result", ())
    if values is None:
        values = ()
    if isinstance(values, tuple | list):
        outputs = tuple(
            _output(values[i], spec.outputs[i]) if i < len(spec.outputs) else values[i] for i in range(len(values))
        )
    else:  # a lone ExecutionBlocker stands for every output
        outputs = tuple(values for _ in spec.outputs)
    return Done(outputs, ui) if expand is None else Expand(expand, outputs, ui)


def _output(value: Any, output: Output) -> Any:
    if output.is_list and isinstance(value, list):
        return [from_field(output.type, item) for item in value]
    return from_field(output.type, value)


async def _answer_later(result: Awaitable[Any], spec: NodeSpec) -> Answer:
    return read_result(await result, spec)


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Parameter names; ``*`` stands for keyword arguments of any name."""
    parameters = inspect.signature(function).parameters.values()
    return tuple("*" if p.kind is p.VAR_KEYWORD else p.name for p in parameters if p.name not in ("self", "cls"))


def _by_name(function: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
    """The function called with those of the inputs that it names."""
    names = _parameters(function)
    return lambda inputs: function(**{k: v for k, v in inputs.items() if k in names or "*" in names})


def _read_outputs(cls: Any, types: tuple[Any, ...]) -> tuple[Output, ...]:
    names = tuple(getattr(cls, "RETURN_NAMES", ()) or ())
    lists = tuple(getattr(cls, "OUTPUT_IS_LIST", ()) or ())
    tips = tuple(getattr(cls, "OUTPUT_TOOLTIPS", ()) or ())
    outputs = []
    for i, kind in enumerate(types):
        is_choice = isinstance(kind, list | tuple)
        type_name = "COMBO" if is_choice else kind if isinstance(kind, str) else str(kind)
        outputs.append(
            Output(
                name=names[i] if i < len(names) else type_name,
                type=type_name,
                is_list=bool(lists[i]) if i < len(lists) else False,
                tooltip=tips[i] if i < len(tips) and tips[i] else "",
                options=tuple(kind) if is_choice else (),
            )
        )
    return tuple(outputs)


def _read_input(name: str, entry: Any, *, required: bool) -> Input:
    kind_name, options = _split(entry)
    kind, used = _read_kind(kind_name, options)
    return Input(
        name=name,
        kind=kind,
        required=required,
        default=options.get("default", MISSING),
        tooltip=options.get("tooltip") or "",
        display_name=options.get("display_name") or "",
        lazy=bool(options.get("lazy")),
        raw_link=bool(options.get("rawLink")),
        socket_only=bool(options.get("forceInput")),
        advanced=bool(options.get("advanced")),
        extra={k: v for k, v in options.items() if k not in used and k not in _COMMON - {"socketless"}},
    )


def _split(entry: Any) -> tuple[Any, Mapping[str, Any]]:
    """``(type, options)``, ``(type,)`` and a bare type all occur."""
    if isinstance(entry, tuple | list) and entry and not (isinstance(entry, list) and len(entry) != 2):
        options = entry[1] if len(entry) > 1 and isinstance(entry[1], Mapping) else {}
        return entry[0], options
    return entry, {}


def _read_kind(kind: Any, options: Mapping[str, Any]) -> tuple[Kind, set[str]]:
    """The kind, and the names of the options that it took in."""
    reroll = options.get("control_after_generate", False)
    if isinstance(kind, list | tuple):
        return Choice(tuple(kind), reroll=reroll), {"control_after_generate"}
    match str(kind):
        case "COMBO":
            used = {"options", "control_after_generate"}
            return Choice(tuple(options.get("options") or ()), reroll=reroll, modern=True), used
        case "INT":
            limits = {k: options.get(k) for k in ("min", "max", "step")}
            return Int(**limits, reroll=reroll, display=options.get("display", "")), {
                *limits,
                "control_after_generate",
                "display",
            }
        case "FLOAT":
            limits = {k: options.get(k) for k in ("min", "max", "step", "round")}
            return Float(**limits, display=options.get("display", "")), {*limits, "display"}
        case "BOOLEAN":
            return Toggle(options.get("label_on", ""), options.get("label_off", "")), {"label_on", "label_off"}
        case "STRING":
            text = Text(
                bool(options.get("multiline")), bool(options.get("dynamicPrompts")), options.get("placeholder", "")
            )
            return text, {"multiline", "dynamicPrompts", "placeholder"}
        case other:
            return Port(other), set()
