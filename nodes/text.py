"""Text: joined, cut, searched, changed, compared, filled in."""

from __future__ import annotations

import operator
import string as alphabet
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from graph.errors import UserError
from graph.groups import AUTOGROW
from graph.node import Slot, node
from graph.spec import ANY, Choice, Group, Int, Text, Toggle

Paragraph = Annotated[str, Text(multiline=True)]
Line = Annotated[str, Text()]
Switch = Annotated[bool, Toggle()]
Number = Annotated[int, Int()]

LETTERS = tuple(alphabet.ascii_lowercase)
VALUES = Group(AUTOGROW, {"template": {"input": {"required": {"value": [ANY, {}]}}, "names": list(LETTERS), "min": 1}})
CASES = {"UPPERCASE": str.upper, "lowercase": str.lower, "Capitalize": str.capitalize, "Title Case": str.title}
TRIMS = {"Both": str.strip, "Left": str.lstrip, "Right": str.rstrip}
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "Starts With": str.startswith,
    "Ends With": str.endswith,
    "Equal": operator.eq,
}


@node("StringConcatenate", display_name="Concatenate", category="utils/string", needs_device=False, synonyms=("join",))
def concatenate(*, string_a: Paragraph, string_b: Paragraph, delimiter: Line = "") -> Line:
    """Two texts as one, with the delimiter between them."""
    return string_a + delimiter + string_b


@node("StringSubstring", display_name="Substring", category="utils/string", needs_device=False, synonyms=("slice",))
def cut_substring(
    *,
    string: Paragraph,
    start: Annotated[int, Int(), "The first character that stays; negative counts from the end."],
    end: Annotated[int, Int(), "The first character after those that stay; negative counts from the end."],
) -> Line:
    """A part of a text. Positions start at 0."""
    return string[start:end]


@node("StringLength", display_name="Length", category="utils/string", needs_device=False)
def count_characters(*, string: Paragraph) -> Annotated[int, Int(), Slot(name="length")]:
    """How many characters a text has."""
    return len(string)


@node("CaseConverter", display_name="Case Converter", category="utils/string", needs_device=False)
def convert_case(*, string: Paragraph, mode: Annotated[str, Choice(tuple(CASES), modern=True)]) -> Line:
    """A text in capitals, in small letters, or with a capital first."""
    return CASES[mode](string)


@node("StringTrim", display_name="Trim", category="utils/string", needs_device=False, synonyms=("strip",))
def trim(*, string: Paragraph, mode: Annotated[str, Choice(tuple(TRIMS), modern=True)]) -> Line:
    """A text without the spaces and line breaks around it."""
    return TRIMS[mode](string)


@node("StringReplace", display_name="Replace", category="utils/string", needs_device=False)
def replace_text(*, string: Paragraph, find: Paragraph, replace: Paragraph) -> Line:
    """A text with another in place of every occurrence of ``find``; an empty ``find`` changes nothing."""
    return string.replace(find, replace) if find else string


@node("StringContains", display_name="Contains", category="utils/string", needs_device=False)
def contains(
    *, string: Paragraph, substring: Paragraph, case_sensitive: Switch = True
) -> Annotated[bool, Toggle(), Slot(name="contains")]:
    """Whether one text occurs in another."""
    return substring in string if case_sensitive else substring.lower() in string.lower()


@node("StringCompare", display_name="Compare", category="utils/string", needs_device=False, synonyms=("equals",))
def compare_text(
    *,
    string_a: Paragraph,
    string_b: Paragraph,
    mode: Annotated[str, Choice(tuple(COMPARISONS), modern=True)],
    case_sensitive: Switch = True,
) -> Switch:
    """Whether the first text starts with, ends with or equals the second."""
    if not case_sensitive:
        string_a, string_b = string_a.lower(), string_b.lower()
    return COMPARISONS[mode](string_a, string_b)


@node("StringFormat", display_name="Format Text", category="utils/string", needs_device=False, synonyms=("template",))
def format_text(
    *,
    f_string: Annotated[str, Text(multiline=True), "{a} is the first value, {b:.2f} the second ..."] = "{a}",
    values: Annotated[Mapping[str, Any], VALUES],
) -> Line:
    """A text with values filled in where it says {a}, {b} ...; {{ and }} stand for braces."""
    try:
        return PlainFormatter().vformat(f_string, (), values)
    except KeyError as error:
        linked = ", ".join(values) or "none"
        raise UserError(f"f_string names {error.args[0]}, which is not linked; linked: {linked}.") from error
    except (ValueError, IndexError, TypeError) as error:
        message = f"f_string cannot be filled in: {error}. Write {{a}}, {{b:.2f}}, or {{{{ for a brace."
        raise UserError(message) from error


class PlainFormatter(alphabet.Formatter):
    """Fills in values by their bare names: ``{a.b}`` and ``{a[b]}`` would reach into objects, which text must not."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        if not field_name.isidentifier():
            raise ValueError(f"'{field_name}' is no name of a value")
        return self.get_value(field_name, args, kwargs), field_name
