"""A node type as data: what it takes, what it gives, how an editor draws it.

Nothing here runs. Specs travel as JSON from the worker to the server, so they hold plain values only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

ANY: Final = "*"
SEED_MAX: Final = 2**64 - 1
HIDDEN: Final = frozenset(
    ("UNIQUE_ID", "PROMPT", "DYNPROMPT", "EXTRA_PNGINFO", "AUTH_TOKEN_COMFY_ORG", "API_KEY_COMFY_ORG")
)
"""What the engine can put into hidden inputs."""


@dataclass(frozen=True)
class Port:
    """A socket. ``type`` is a name (``IMAGE``), several (``INT,FLOAT``), or ``*`` for any value.

    ``widget``: editors have a widget of their own for the type (``COLOR``), so that it may hold a constant too.
    """

    type: str
    widget: bool = False


@dataclass(frozen=True)
class Int:
    """A whole number. ``reroll`` offers a new value after each run (seeds); a string names the mode it starts in."""

    min: int | None = None
    max: int | None = None
    step: int | None = None
    reroll: bool | str = False
    display: str = ""


@dataclass(frozen=True)
class Float:
    """A real number. ``round`` is the precision the editor rounds to; None leaves it to ``step``."""

    min: float | None = None
    max: float | None = None
    step: float | None = None
    round: float | bool | None = None
    display: str = ""


@dataclass(frozen=True)
class Toggle:
    """True or false."""

    label_on: str = ""
    label_off: str = ""


@dataclass(frozen=True)
class Text:
    """A string. ``dynamic_prompts``: the editor resolves ``{a|b}`` before sending."""

    multiline: bool = False
    dynamic_prompts: bool = False
    placeholder: str = ""


@dataclass(frozen=True)
class Choice:
    """One of ``options``, or one of the files of ``folder`` (listed anew whenever it is asked for).

    ``upload`` (image, audio, video, file) lets the editor add a file; ``folder`` there lists folders, not files.
    ``modern`` choices are described as COMBO on the wire, the others as a bare list; both mean the same. ``more``
    folders are listed after ``folder``.
    """

    options: tuple[Any, ...] = ()
    folder: str = ""
    upload: str = ""
    more: tuple[str, ...] = ()
    reroll: bool | str = False
    multiselect: bool = False
    modern: bool = False


@dataclass(frozen=True)
class Group:
    """An input that stands for several, in one of the field's dynamic forms (autogrow, dynamic combo, match type).

    ``type`` is the wire's name (``COMFY_AUTOGROW_V3`` ...), ``template`` its description as JSON.
    """

    type: str
    template: Mapping[str, Any] = field(default_factory=dict)


Kind = Port | Int | Float | Toggle | Text | Choice | Group
WIDGETS: Final = (Int, Float, Toggle, Text, Choice)


class Missing:
    """The default of an input that has none."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


@dataclass(frozen=True)
class Input:
    """One input of a node type.

    ``lazy``: evaluated only when the node asks. ``raw_link``: the node gets the link itself. ``socket_only``: a widget
    kind drawn as a socket. ``extra`` holds options that Easel does not use but passes on to editors.
    """

    name: str
    kind: Kind
    required: bool = True
    default: Any = MISSING
    tooltip: str = ""
    display_name: str = ""
    lazy: bool = False
    raw_link: bool = False
    socket_only: bool = False
    advanced: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def type(self) -> str:
        """The type that a link into this input has to carry."""
        match self.kind:
            case Port(type=name) | Group(type=name):
                return name
            case Int():
                return "INT"
            case Float():
                return "FLOAT"
            case Toggle():
                return "BOOLEAN"
            case Text():
                return "STRING"
            case Choice():
                return "COMBO"


@dataclass(frozen=True)
class Output:
    """One output of a node type. ``options``: the output carries one of a list of choices (a COMBO output).

    template_id: names the inputs whose type the output has, where these take what is linked (MatchType).
    """

    name: str
    type: str
    is_list: bool = False
    tooltip: str = ""
    options: tuple[Any, ...] = ()
    template_id: str = ""


@dataclass(frozen=True)
class NodeSpec:
    """A node type.

    ``hidden`` pairs a parameter with what the engine puts there (PROMPT, UNIQUE_ID, EXTRA_PNGINFO, DYNPROMPT ...).
    ``version`` enters the cache key: change it when the function's result changes. ``checks`` names inputs whose values
    the node type checks itself, ``("*",)`` for all. ``needs_device`` False lets a call overlap with the device's work.
    ``takes_any_input``: also links of names that it does not declare; ``open_type``: also constants of any name, and
    links that carry this type.
    """

    name: str
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    display_name: str = ""
    category: str = ""
    description: str = ""
    module: str = "nodes"
    version: str = "1"
    is_output: bool = False
    takes_lists: bool = False
    takes_any_input: bool = False
    open_type: str = ""
    not_idempotent: bool = False
    deprecated: bool = False
    experimental: bool = False
    needs_device: bool = True
    has_check: bool = False
    checks: tuple[str, ...] = ()
    checks_types: bool = False
    has_fingerprint: bool = False
    hidden: tuple[tuple[str, str], ...] = ()
    contract: str = "easel"
    synonyms: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Input]:
        """The inputs by name."""
        return {i.name: i for i in self.inputs}

    @cached_property
    def has_groups(self) -> bool:
        """Whether an input stands for several."""
        return any(isinstance(i.kind, Group) for i in self.inputs)

    @cached_property
    def required(self) -> frozenset[str]:
        """The names of the inputs that have to be there."""
        return frozenset(i.name for i in self.inputs if i.required)

    def input(self, name: str) -> Input | None:
        """The input of that name, or None."""
        return self.by_name.get(name)

    @cached_property
    def hidden_values(self) -> frozenset[str]:
        """Hidden inputs that the engine has nothing for: whoever sends the graph may, others leave them out."""
        return frozenset(name for name, what in self.hidden if what not in HIDDEN)

    def declares(self, name: str) -> bool:
        """Whether an input has that name or belongs to a Group that has (``images.image0`` to ``images``)."""
        if name in self.by_name or self.open_type:
            return True
        group = self.by_name.get(name.partition(".")[0])
        return group is not None and isinstance(group.kind, Group)


_KINDS: Final = {kind.__name__: kind for kind in (Port, Int, Float, Toggle, Text, Choice, Group)}


def spec_to_json(spec: NodeSpec) -> dict[str, Any]:
    """The spec as plain JSON values; fields at their default are left out."""
    data = _fields(spec)
    data["inputs"] = [_input_to_json(i) for i in spec.inputs]
    data["outputs"] = [_fields(o) for o in spec.outputs]
    return data


def spec_from_json(data: Mapping[str, Any]) -> NodeSpec:
    """The inverse of ``spec_to_json``."""
    inputs = tuple(_input_from_json(i) for i in data.get("inputs", ()))
    outputs = tuple(Output(**_tupled(o)) for o in data.get("outputs", ()))
    hidden = tuple((name, what) for name, what in data.get("hidden", ()))
    return NodeSpec(**{**_tupled(data), "inputs": inputs, "outputs": outputs, "hidden": hidden})


def _input_to_json(item: Input) -> dict[str, Any]:
    data = _fields(item)
    data["kind"] = {"is": type(item.kind).__name__, **_fields(item.kind)}
    return data


def _input_from_json(data: Mapping[str, Any]) -> Input:
    kind = _KINDS[data["kind"]["is"]]
    options = {k: v for k, v in _tupled(data["kind"]).items() if k != "is"}
    return Input(**{**data, "kind": kind(**options)})


def _fields(item: Any) -> dict[str, Any]:
    """Fields that differ from their default (names and kinds have none and always stay)."""
    found = {}
    for f in dataclasses.fields(item):
        value = getattr(item, f.name)
        default = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
        if value is not MISSING and (
            default is dataclasses.MISSING or type(value) is not type(default) or value != default
        ):
            found[f.name] = value
    return found


def _tupled(data: Mapping[str, Any]) -> dict[str, Any]:
    """Lists back to the tuples that frozen specs hold; defaults and templates stay as JSON gave them."""
    return {k: tuple(v) if isinstance(v, list) and k not in ("default", "template") else v for k, v in data.items()}
