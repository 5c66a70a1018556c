"""Node classes of the field's first contract (INPUT_TYPES, RETURN_TYPES, FUNCTION) as Nodes, converted once at load."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from graph.input_json import read_input, read_type
from graph.node import Answer, Done, Expand, Node
from graph.run import Run, current_call
from graph.spec import ANY, NodeSpec, Output
from nodes.errors import BadNodeClass, told_of_missing_members
from nodes.field_values import from_field, item_to_field


def node_from_class(name: str, cls: Any, *, display_name: str = "", module: str = "") -> Node:
    """The Node of a V1 class. Raises BadNodeClass with the reason when the class does not keep the contract."""
    spec = read_spec(name, cls, display_name=display_name, module=module)
    instances = Instances(cls)

    def call(inputs: Mapping[str, Any], run: Run) -> Answer | Awaitable[Answer]:
        function = getattr(instances.of(current_call.get(), run), cls.FUNCTION)
        with told_of_missing_members():
            result = function(**{k: item_to_field(v, spec.takes_lists) for k, v in inputs.items()})
        if inspect.isawaitable(result):
            return _answer_later(result, spec)
        return read_result(result, spec)

    def needs(inputs: Mapping[str, Any], run: Run) -> Sequence[str] | Awaitable[Sequence[str]]:
        instance = instances.of(current_call.get(), run)
        asked: Sequence[str] = instance.check_lazy_status(
            **{k: item_to_field(v, spec.takes_lists) for k, v in inputs.items()}
        )
        return asked

    return Node(
        spec,
        call,
        needs=needs if hasattr(cls, "check_lazy_status") else None,
        check=_by_name(cls.VALIDATE_INPUTS) if spec.has_check else None,
        fingerprint=_by_name(cls.IS_CHANGED) if spec.has_fingerprint else None,
        reread=lambda: read_spec(name, cls, display_name=display_name, module=module),
    )


_REQUIRED = ("INPUT_TYPES", "RETURN_TYPES", "FUNCTION")


class Instances:
    """One object of a class for each node of a graph, since classes keep state in self.

    State: the objects by node id, and the run that asked last. A node that is not in the graph any more loses its own.
    """

    def __init__(self, cls: Any) -> None:
        self._cls = cls
        self._kept: dict[str, Any] = {}
        self._run = ""

    def of(self, call: str, run: Run) -> Any:
        """The object of a node; a new one if it has none yet."""
        if run.id != self._run:
            self._run = run.id
            self._kept = {c: kept for c, kept in self._kept.items() if not run.prompt or _root(c, run) in run.prompt}
        found = self._kept.get(call)
        if found is None:
            found = self._kept[call] = self._cls()
        return found


def _root(call: str, run: Run) -> str:
    """The node of the user's graph that a call is, or comes from: expansions put dots behind its id."""
    return call if call in run.prompt else call.partition(".")[0]


def read_spec(name: str, cls: Any, *, display_name: str = "", module: str = "") -> NodeSpec:
    """What the class declares, as data. Called again to see changed choices (new files and the like)."""
    try:
        declared = cls.INPUT_TYPES()
        types = tuple(cls.RETURN_TYPES)
        function = getattr(cls, cls.FUNCTION)
    except AttributeError as error:
        if error.name not in _REQUIRED or error.obj is not cls:
            raise
        raise BadNodeClass(f"{name} lacks {error.name}, which a node class must have.") from error
    inputs = [
        read_input(key, entry, required=section == "required")
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
        open_type=_open_type(declared.get("required")) or _open_type(declared.get("optional")),
        not_idempotent=bool(getattr(cls, "NOT_IDEMPOTENT", False)),
        deprecated=bool(getattr(cls, "DEPRECATED", False)),
        experimental=bool(getattr(cls, "EXPERIMENTAL", False)),
        has_check=hasattr(cls, "VALIDATE_INPUTS"),
        checks=tuple(p for p in checks if p != "input_types"),
        checks_types="input_types" in checks,
        has_fingerprint=hasattr(cls, "IS_CHANGED"),
        hidden=tuple((name, str(what)) for name, what in hidden.items()),
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
    with told_of_missing_members():
        answer = await result
    return read_result(answer, spec)


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Parameter names; ``*`` stands for keyword arguments of any name."""
    parameters = inspect.signature(function).parameters.values()
    return tuple("*" if p.kind is p.VAR_KEYWORD else p.name for p in parameters if p.name not in ("self", "cls"))


def _by_name(function: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
    """The function called with those of the inputs that it names."""
    names = _parameters(function)
    return lambda inputs: function(**{k: v for k, v in inputs.items() if k in names or "*" in names})


def _open_type(section: Any) -> str:
    """The type of inputs of any name, where a section answers for all of them (as dictionaries of some packs do)."""
    if type(section) in (dict, type(None)) or "\0any name" not in section:
        return ""
    try:
        return read_input("any", section["\0any name"], required=False).type
    except (KeyError, TypeError):  # it says that it holds every name, but not as what
        return ANY


def _read_outputs(cls: Any, types: tuple[Any, ...]) -> tuple[Output, ...]:
    names = tuple(getattr(cls, "RETURN_NAMES", ()) or ())
    lists = tuple(getattr(cls, "OUTPUT_IS_LIST", ()) or ())
    tips = tuple(getattr(cls, "OUTPUT_TOOLTIPS", ()) or ())
    outputs = []
    for i, kind in enumerate(types):
        is_choice = isinstance(kind, list | tuple)
        type_name = "COMBO" if is_choice else read_type(kind)
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
