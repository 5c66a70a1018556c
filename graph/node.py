"""``@node``: a typed Python function becomes a node type. The function itself stays as it was and can be called directly.

Inputs are the keyword parameters, in order. Each is ``Annotated[type, kind]``, where the kind says what the editor shows; a
string beside it is the tooltip, a ``Slot`` holds what else there is to say. A parameter annotated with a class that is not
Annotated is injected: ``Run`` is the run itself, any other class is looked up among the run's services.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar, Union

from graph.run import Run
from graph.spec import MISSING, WIDGETS, Choice, Float, Group, Input, Int, Kind, NodeSpec, Output, Port, Text, Toggle

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Slot:
    """What a parameter or output says beside its kind. ``hidden`` names what the engine puts there (PROMPT ...)."""

    name: str = ""
    optional: bool = False
    lazy: bool = False
    raw_link: bool = False
    socket_only: bool = False
    advanced: bool = False
    is_list: bool = False
    display_name: str = ""
    hidden: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done(Generic[T]):
    """A call's result: outputs in declared order, and what the editor shows on the node (``ui``)."""

    outputs: T | tuple[Any, ...] = ()
    ui: Mapping[str, Sequence[Any]] | None = None


@dataclass(frozen=True)
class Needs:
    """The call cannot go on before these lazy inputs are evaluated."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Expand(Generic[T]):
    """The call stands for a subgraph (API JSON). ``outputs`` hold values, or links ``[id, slot]`` into the subgraph."""

    subgraph: Mapping[str, Mapping[str, Any]]
    outputs: tuple[Any, ...] = ()
    ui: Mapping[str, Sequence[Any]] | None = None


Answer = Done[Any] | Needs | Expand[Any]


@dataclass(frozen=True)
class Node:
    """A node type that can run.

    call(inputs, run): one call with resolved inputs, hidden ones included; may return an awaitable.
    needs(inputs): names of lazy inputs it wants next; unevaluated ones are None.
    check(inputs): True, or the sentence that says what is wrong. fingerprint(inputs): what outside the graph it depends on.
    """

    spec: NodeSpec
    call: Callable[[Mapping[str, Any], Run], Answer | Awaitable[Answer]]
    needs: Callable[[Mapping[str, Any], Run], Sequence[str] | Awaitable[Sequence[str]]] | None = None
    check: Callable[[Mapping[str, Any]], Any] | None = None
    fingerprint: Callable[[Mapping[str, Any]], Any] | None = None


def node(
    name: str,
    *,
    category: str,
    display_name: str = "",
    output: bool = False,
    takes_lists: bool = False,
    version: str = "1",
    not_idempotent: bool = False,
    deprecated: bool = False,
    experimental: bool = False,
    needs_device: bool = True,
    synonyms: Sequence[str] = (),
    needs: Callable[..., Any] | None = None,
    check: Callable[..., Any] | None = None,
    fingerprint: Callable[..., Any] | None = None,
) -> Callable[[F], F]:
    """Declare a function as the node type ``name``; its docstring is the description.

    The Node is built at once, so a wrong declaration fails at import, and is found by ``nodes_of``.
    """

    def declare(function: F) -> F:
        hints = typing.get_type_hints(function, include_extras=True)
        inputs, hidden, injected = _read_parameters(function, hints)
        spec = NodeSpec(
            name=name,
            inputs=inputs,
            outputs=_read_outputs(hints.get("return", type(None))),
            display_name=display_name or name,
            category=category,
            description=inspect.cleandoc(function.__doc__ or ""),
            version=version,
            is_output=output,
            takes_lists=takes_lists,
            not_idempotent=not_idempotent,
            deprecated=deprecated,
            experimental=experimental,
            needs_device=needs_device,
            has_check=check is not None,
            checks=tuple(inspect.signature(check).parameters) if check else (),
            has_fingerprint=fingerprint is not None,
            hidden=tuple(hidden.items()),
            synonyms=tuple(synonyms),
        )
        function.__node__ = Node(  # type: ignore[attr-defined]  # functions take attributes; mypy has no type for that
            spec=spec,
            call=_make_call(function, _parameter_names(function, hints), injected),
            needs=(lambda inputs, run: needs(**_named(needs, inputs))) if needs else None,
            check=(lambda inputs: check(**_named(check, inputs))) if check else None,
            fingerprint=(lambda inputs: fingerprint(**_named(fingerprint, inputs))) if fingerprint else None,
        )
        return function

    return declare


def nodes_of(module: types.ModuleType) -> list[Node]:
    """The node types that a module declares, in order of definition."""
    return [
        value.__node__
        for value in vars(module).values()
        if hasattr(value, "__node__") and value.__module__ == module.__name__
    ]


def _named(function: Callable[..., Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: inputs.get(name) for name in inspect.signature(function).parameters}


def _read_parameters(
    function: Callable[..., Any], hints: Mapping[str, Any]
) -> tuple[tuple[Input, ...], dict[str, str], dict[str, type]]:
    inputs: list[Input] = []
    hidden: dict[str, str] = {}
    injected: dict[str, type] = {}
    for parameter in inspect.signature(function).parameters.values():
        kind, slot, tooltip, base = _read_annotation(hints[parameter.name])
        if slot.hidden:
            hidden[parameter.name] = slot.hidden
        elif kind is None:
            if not isinstance(base, type):
                raise TypeError(
                    f"{function.__name__}: parameter {parameter.name} has no kind (Annotated[type, Int(...)])"
                )
            injected[parameter.name] = base
        else:
            inputs.append(_read_input(parameter, kind, slot, tooltip))
    return tuple(inputs), hidden, injected


def _read_input(parameter: inspect.Parameter, kind: Kind, slot: Slot, tooltip: str) -> Input:
    default = MISSING if parameter.default is inspect.Parameter.empty else parameter.default
    is_widget = isinstance(kind, WIDGETS) and not slot.socket_only
    return Input(
        name=slot.name or parameter.name,
        kind=kind,
        required=not (slot.optional or (default is not MISSING and not is_widget)),
        default=MISSING if default is None else default,
        tooltip=tooltip,
        display_name=slot.display_name,
        lazy=slot.lazy,
        raw_link=slot.raw_link,
        socket_only=slot.socket_only,
        advanced=slot.advanced,
        extra=slot.extra,
    )


def _read_annotation(hint: Any) -> tuple[Kind | None, Slot, str, Any]:
    """Kind, slot, tooltip and bare type of an annotation; ``X | None`` counts as X."""
    if typing.get_origin(hint) in (Union, types.UnionType):
        hint = next(a for a in typing.get_args(hint) if a is not type(None))
    kind, slot, tooltip, base = None, Slot(), "", hint
    if typing.get_origin(hint) is Annotated:
        base, *marks = typing.get_args(hint)
        for mark in marks:
            if isinstance(mark, (Port, Int, Float, Toggle, Text, Choice, Group)):
                kind = mark
            elif isinstance(mark, Slot):
                slot = mark
            elif isinstance(mark, str):
                tooltip = mark
    return kind, slot, tooltip, base


def _read_outputs(hint: Any) -> tuple[Output, ...]:
    if typing.get_origin(hint) in (Done, Expand):
        hint = typing.get_args(hint)[0]
    if hint in (None, type(None), Done, Expand):
        return ()
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        fields = typing.get_type_hints(hint, include_extras=True)
        return tuple(_read_output(annotation, name) for name, annotation in fields.items())
    return (_read_output(hint, ""),)


def _read_output(hint: Any, field_name: str) -> Output:
    kind, slot, tooltip, _ = _read_annotation(hint)
    if kind is None:
        raise TypeError(f"an output needs a kind, {hint} has none")
    type_name = Input(name="", kind=kind).type
    name = slot.name or (field_name if field_name and field_name.upper() != type_name else type_name)
    return Output(name, type_name, is_list=slot.is_list, tooltip=tooltip)


def _parameter_names(function: Callable[..., Any], hints: Mapping[str, Any]) -> dict[str, str]:
    """Input name to parameter name; they differ where a Slot renames."""
    names = inspect.signature(function).parameters
    return {_read_annotation(hints[name])[1].name or name: name for name in names}


def _make_call(
    function: Callable[..., Any], names: Mapping[str, str], injected: Mapping[str, type]
) -> Callable[[Mapping[str, Any], Run], Answer | Awaitable[Answer]]:
    def bind(inputs: Mapping[str, Any], run: Run) -> dict[str, Any]:
        services = {name: run if cls is Run else run.service(cls) for name, cls in injected.items()}
        return {names[name]: value for name, value in inputs.items() if name in names} | services

    if inspect.iscoroutinefunction(function):

        async def call_async(inputs: Mapping[str, Any], run: Run) -> Answer:
            return as_answer(await function(**bind(inputs, run)))

        return call_async
    return lambda inputs, run: as_answer(function(**bind(inputs, run)))


def as_answer(value: Any) -> Answer:
    """What a typed function returned, as an Answer: one value is one output, a NamedTuple several, None none."""
    match value:
        case Done(outputs=tuple()) | Needs() | Expand():
            return value
        case Done(outputs=outputs, ui=ui):
            return Done((outputs,), ui)
        case None:
            return Done(())
        case tuple() if hasattr(value, "_fields"):
            return Done(tuple(value))
    return Done((value,))
