"""Text searched by regular expressions."""

from __future__ import annotations

import re
from typing import Annotated

from graph.errors import UserError
from graph.node import Slot, node
from graph.spec import Choice, Int, Text, Toggle

Paragraph = Annotated[str, Text(multiline=True)]
Pattern = Annotated[str, Text(multiline=True), "A regular expression as Python reads it."]
IgnoreCase = Annotated[bool, Toggle(), "Capital and small letters count as the same."]
Multiline = Annotated[bool, Toggle(), "^ and $ also match at line breaks."]
DotAll = Annotated[bool, Toggle(), "A dot also matches a line break."]
MODES = ("First Match", "All Matches", "First Group", "All Groups")
OPTIONAL = Slot(optional=True)


@node("RegexMatch", display_name="Regex Match", category="utils/string", needs_device=False)
def match_regex(
    *,
    string: Paragraph,
    regex_pattern: Pattern,
    case_insensitive: IgnoreCase = True,
    multiline: Multiline = False,
    dotall: DotAll = False,
) -> Annotated[bool, Toggle(), Slot(name="matches")]:
    """Whether a pattern occurs in a text."""
    return compile_regex(regex_pattern, case_insensitive, multiline, dotall).search(string) is not None


@node("RegexExtract", display_name="Regex Extract", category="utils/string", needs_device=False)
def extract_regex(
    *,
    string: Paragraph,
    regex_pattern: Pattern,
    mode: Annotated[str, Choice(MODES, modern=True)],
    case_insensitive: IgnoreCase = True,
    multiline: Multiline = False,
    dotall: DotAll = False,
    group_index: Annotated[int, Int(0, 100), "For the modes with groups: 1 is the first bracket, 0 the whole."] = 1,
) -> Annotated[str, Text()]:
    """What a pattern finds in a text, one line each; nothing if it finds nothing."""
    pattern = compile_regex(regex_pattern, case_insensitive, multiline, dotall)
    group = group_index if mode in ("First Group", "All Groups") else 0
    if group > pattern.groups:
        return ""
    matches = pattern.finditer(string)
    found = [match[group] for match in matches if match[group] is not None]
    return "\n".join(found if mode.startswith("All") else found[:1])


@node("RegexReplace", display_name="Regex Replace", category="utils/string", needs_device=False)
def replace_regex(
    *,
    string: Paragraph,
    regex_pattern: Pattern,
    replace: Annotated[str, Text(multiline=True), r"\1 stands for what the first bracket found."],
    case_insensitive: Annotated[bool, Toggle(), OPTIONAL] = True,
    multiline: Annotated[bool, Toggle(), OPTIONAL] = False,
    dotall: Annotated[bool, Toggle(), OPTIONAL] = False,
    count: Annotated[int, Int(0, 100), "How many to replace, 0 for all.", OPTIONAL] = 0,
) -> Annotated[str, Text()]:
    """A text with another in place of what a pattern finds."""
    pattern = compile_regex(regex_pattern, case_insensitive, multiline, dotall)
    try:
        return pattern.sub(replace, string, count=count)
    except (re.error, IndexError) as error:
        message = rf"replace refers to what the pattern has not: {error}. Write \1 for the first bracket."
        raise UserError(message) from error


def compile_regex(pattern: str, ignore_case: bool, multiline: bool, dotall: bool) -> re.Pattern[str]:
    """The pattern with its flags. Raises UserError with the place where it cannot be read."""
    flags = (
        (re.IGNORECASE if ignore_case else re.NOFLAG)
        | (re.MULTILINE if multiline else re.NOFLAG)
        | (re.DOTALL if dotall else re.NOFLAG)
    )
    try:
        return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise UserError(f"regex_pattern cannot be read: {error}.") from error
