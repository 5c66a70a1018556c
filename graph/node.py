"""``@node``: a typed Python function becomes a node type. The function itself stays as it was, to be called directly.

Inputs are the keyword parameters, in order. Each is ``Annotated[type, kind]``, where the kind says what the editor
shows; a string beside it is the tooltip, a ``Slot`` holds what else there is to say. A parameter annotated with a class
that is not Annotated is injected: ``Run`` is the run itself, any other class is looked up among the run's services.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from graph.answer import Answer, Done, Expand, Needs, as_answer
from graph.errors import UserError
from graph.failure import is_for_user
from graph.groups import gather_groups
from graph.run import Run
from graph.signature import Signature, Slot, read_signature
from graph.spec import Group, NodeSpec
from graph.wrong_values import find_wrong_value

__all__ = ["Answer", "Done", "Expand", "Needs", "Node", "Slot", "as_answer", "node", "node_of", "nodes_of"]

F = TypeVar("F", bound=Callable[..., Any])
Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Node:
    """A node type that can run.

    call(inputs, run): one call with resolved inputs, hidden ones included; may return an awaitable.
    needs(inputs, run): names of lazy inputs it wants next; unevaluated ones are None.
    check(inputs): True, or the sentence that says what is wrong. fingerprint(inputs): what it depends on outside the
    graph; NaN: it has to run every time. Both see constants only, links as None, and may return an awaitable.
    reread(): the spec as it is now, where it may have changed since (choices that a pack lists itself).
    """

    spec: NodeSpec
    call: Callable[[Inputs, Run], Answer | Awaitable[Answer]]
    needs: Callable[[Inputs, Run], Sequence[str] | Awaitable[Sequence[str]]] | None = None
    check: Callable[[Inputs], Any] | None = None
    fingerprint: Callable[[Inputs], Any] | None = None
    reread: Callable[[], NodeSpec] | None = None


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

    The Node is built at once, so a wrong declaration fails at import, and is found by ``nodes_of``. ``needs``,
    ``check`` and ``fingerprint`` get those of the inputs that they have parameters for, by name.
    """

    def declare(function: F) -> F:
        signature = read_signature(function)
        spec = NodeSpec(
            name=name,
            inputs=signature.inputs,
            outputs=signature.outputs,
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
            hidden=tuple(signature.hidden.items()),
            synonyms=tuple(synonyms),
        )
        wants = _by_name(needs) if needs else None
        function.__node__ = Node(  # type: ignore[attr-defined]  # functions take attributes; mypy has no type for that
            spec=spec,
            call=_make_call(function, signature, {} if takes_lists else signature.classes),
            needs=(lambda inputs, _: wants(inputs)) if wants else None,
            check=_by_name(check) if check else None,
            fingerprint=_by_name(fingerprint) if fingerprint else None,
        )
        return function

    return declare


def node_of(function: Callable[..., Any]) -> Node:
    """The node type that a function was declared to be. Raises AttributeError if it was not."""
    found: Node = function.__node__  # type: ignore[attr-defined]  # functions take attributes; mypy has no type for that
    return found


def nodes_of(module: types.ModuleType) -> list[Node]:
    """The node types that a module declares, in order of definition."""
    return [
        value.__node__
        for value in vars(module).values()
        if hasattr(value, "__node__") and value.__module__ == module.__name__
    ]


def _by_name(function: Callable[..., Any]) -> Callable[[Inputs], Any]:
    names = tuple(inspect.signature(function).parameters)
    return lambda inputs: function(**{name: inputs.get(name) for name in names})


def _make_call(
    function: Callable[..., Any], signature: Signature, classes: Mapping[str, type]
) -> Callable[[Inputs, Run], Any]:
    names, injected = signature.names, tuple(signature.injected.items())
    groups = {item.name: item.kind for item in signature.inputs if isinstance(item.kind, Group)}

    def bind(inputs: Inputs, run: Run) -> dict[str, Any]:
        if groups:
            inputs = gather_groups(inputs, groups)
        given = {names[name]: value for name, value in inputs.items() if name in names}
        for name, cls in injected:
            given[name] = run if cls is Run else run.service(cls)
        return given

    def explain(error: Exception, inputs: Inputs) -> None:
        wrong = find_wrong_value(inputs, signature.inputs, classes)
        if wrong and not is_for_user(error):
            raise UserError(wrong) from error

    if inspect.iscoroutinefunction(function):

        async def call_async(inputs: Inputs, run: Run) -> Answer:
            try:
                return as_answer(await function(**bind(inputs, run)))
            except Exception as error:
                explain(error, inputs)
                raise

        return call_async

    def call(inputs: Inputs, run: Run) -> Answer:
        try:
            return as_answer(function(**bind(inputs, run)))
        except Exception as error:
            explain(error, inputs)
            raise

    return call
