"""Texts of a data set, each of a list by itself: prefixes, case, length."""

from __future__ import annotations

from typing import Annotated

from graph.node import Slot, node
from graph.spec import Int, Text

Texts = Annotated[str, Text(), "One text, or a list of them."]
Line = Annotated[str, Text()]
TextsOut = Annotated[str, Text(), Slot(name="texts")]
CATEGORY = "dataset/text"


@node("TextToLowercase", display_name="Text to Lowercase", category=CATEGORY, experimental=True, needs_device=False)
def to_lowercase(*, texts: Texts) -> TextsOut:
    """The text in small letters."""
    return texts.lower()


@node("TextToUppercase", display_name="Text to Uppercase", category=CATEGORY, experimental=True, needs_device=False)
def to_uppercase(*, texts: Texts) -> TextsOut:
    """The text in capitals."""
    return texts.upper()


@node("TruncateText", display_name="Truncate Text", category=CATEGORY, experimental=True, needs_device=False)
def truncate(
    *, texts: Texts, max_length: Annotated[int, Int(1, 10_000), "Characters that stay, from the start."] = 77
) -> TextsOut:
    """The start of the text."""
    return texts[:max_length]


@node("AddTextPrefix", display_name="Add Text Prefix", category=CATEGORY, experimental=True, needs_device=False)
def add_prefix(*, texts: Texts, prefix: Line = "") -> TextsOut:
    """The text with another before it."""
    return prefix + texts


@node("AddTextSuffix", display_name="Add Text Suffix", category=CATEGORY, experimental=True, needs_device=False)
def add_suffix(*, texts: Texts, suffix: Line = "") -> TextsOut:
    """The text with another after it."""
    return texts + suffix


@node("ReplaceText", display_name="Replace Text", category=CATEGORY, experimental=True, needs_device=False)
def replace_in_texts(*, texts: Texts, find: Line = "", replace: Line = "") -> TextsOut:
    """The text with another in place of every occurrence of ``find``; an empty ``find`` changes nothing."""
    return texts.replace(find, replace) if find else texts


@node("StripWhitespace", display_name="Strip Whitespace", category=CATEGORY, experimental=True, needs_device=False)
def strip_whitespace(*, texts: Texts) -> TextsOut:
    """The text without the spaces and line breaks around it."""
    return texts.strip()


@node(
    "MergeTextLists",
    display_name="Merge Text Lists",
    category=CATEGORY,
    experimental=True,
    needs_device=False,
    takes_lists=True,
)
def merge_texts(
    *, texts: Annotated[list[str], Text()]
) -> Annotated[list[str], Text(), Slot(name="texts", is_list=True)]:
    """All texts as one list."""
    return texts
