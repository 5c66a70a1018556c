"""Which value goes on: switches, choices, lists and their items; and a look at any value."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from graph.errors import UserError
from graph.groups import AUTOGROW, MATCH_TYPE
from graph.node import Done, Slot, node
from graph.spec import ANY, Choice, Group, Int, Port, Text, Toggle
from nodes.json_text import describe, to_json

ANYTHING = Annotated[Any, Port(ANY)]
BRANCH = Group(MATCH_TYPE, {"template": {"template_id": "switch", "allowed_types": ANY}})
LISTS = Group(
    AUTOGROW, {"template": {"input": {"required": {"input": [ANY, {}]}}, "prefix": "input", "min": 1, "max": 100}}
)
Branch = Annotated[Any, BRANCH, Slot(lazy=True)]


class Chosen(NamedTuple):
    STRING: Annotated[str, Text()]
    INDEX: Annotated[int, Int(), Slot(name="INDEX")]


def needed_branch(switch: bool) -> list[str]:
    return ["on_true" if switch else "on_false"]


@node(
    "ComfySwitchNode",
    display_name="Switch",
    category="logic",
    experimental=True,
    needs_device=False,
    needs=needed_branch,
    synonyms=("if", "condition", "branch"),
)
def switch(
    *, switch: Annotated[bool, Toggle()], on_false: Branch = None, on_true: Branch = None
) -> Done[Annotated[Any, BRANCH, Slot(name="output")]]:
    """One of two values; what the other one hangs on is not run. A branch that is not linked gives nothing (None)."""
    return Done((on_true if switch else on_false,))


def _takes_any_choice(choice: Any) -> bool:  # noqa: ARG001  the options are kept in the editor, so every choice is right
    return True


@node("CustomCombo", display_name="Custom Combo", category="utils", experimental=True, needs_device=False,
      check=_takes_any_choice)  # fmt: skip
def choose(
    *,
    choice: Annotated[str, Choice(modern=True)],
    index: Annotated[int, Int(), "The place of the choice among the options, from 0.", Slot(optional=True)] = 0,
) -> Chosen:
    """One of the options that you write down in the editor, and its place among them."""
    return Chosen(str(choice), index)


@node("CreateList", display_name="Create List", category="logic", needs_device=False, takes_lists=True,
      synonyms=("Image Iterator", "Text Iterator", "Iterator"))  # fmt: skip
def create_list(*, inputs: Annotated[Mapping[str, list[Any]], LISTS]) -> Annotated[
    list[Any], Port(ANY), Slot(name="list", is_list=True)
]:  # fmt: skip
    """Values, or lists of them, as one list. What takes it runs once for each item."""
    return list(itertools.chain.from_iterable(inputs.values()))


@node("GetItemFromList", display_name="Get Item from List", category="logic", needs_device=False, takes_lists=True)
def get_item(
    *,
    list: Annotated[list[Any], Port(ANY)],  # the field's own word
    index: Annotated[list[int], Int(), "0 is the first; negative counts from the end."] = 0,  # type: ignore[assignment]  # the widget's default
) -> Done[Annotated[Any, Port(ANY)]]:
    """One item of a list."""
    place = index[0]
    try:
        return Done((list[place],))
    except IndexError as error:
        raise UserError(f"index is {place}; the list has {len(list)} items, counted from 0.") from error


@node("PreviewAny", display_name="Preview as Text", category="utils", output=True, needs_device=False,
      synonyms=("show", "print", "text"))  # fmt: skip
def preview_any(*, source: ANYTHING = None) -> Done[Annotated[str, Text()]]:
    """Show any value as text: plain ones as they are, others as JSON, tensors by their shape."""
    text = source if isinstance(source, str) else str(source) if _is_plain(source) else _as_text(source)
    return Done((text,), {"text": [text]})


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float)


def _as_text(value: Any) -> str:
    try:
        return to_json(value, 4)
    except (TypeError, ValueError, RecursionError):  # keys that are no text, a value that holds itself
        return describe(value)
