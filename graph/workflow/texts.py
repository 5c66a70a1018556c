"""What the editor does to texts while it sends them: choices in prompts, widgets' values in file names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random
from typing import Any, Final

_COMMENT: Final = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\([{}|])")
_INNERMOST: Final = re.compile(r"(?<!\\)\{((?:\\.|[^{}\\])*)\}", re.DOTALL)
_BAR: Final = re.compile(r"(?<!\\)\|")
_WIDGET: Final = re.compile(r"%([^%.]+)\.([^%]+)%")
_UNSAFE: Final = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')
_MOST_CHOICES: Final = 10_000


def choose_words(text: str, chance: Random) -> str:
    """The text without comments (``//``, ``/* */``), one alternative taken of each ``{a|b}``, innermost first.

    A backslash keeps ``{``, ``}`` and ``|`` as they are.
    """
    text = _COMMENT.sub("", text)
    for _ in range(_MOST_CHOICES):
        text, found = _INNERMOST.subn(lambda match: chance.choice(_BAR.split(match[1])), text)
        if not found:
            break
    return _ESCAPED.sub(r"\1", text)


def name_by_widgets(prefix: str, nodes: Mapping[str, Mapping[str, Any]]) -> str:
    """A file prefix with each ``%Node.widget%`` replaced by the value it names; what names none stays.

    ``nodes``: the inputs of each node by its name.
    """

    def fill(match: re.Match[str]) -> str:
        value = nodes.get(match[1], {}).get(match[2])
        return _UNSAFE.sub("_", str(value)) if isinstance(value, str | int | float) else match[0]

    return _WIDGET.sub(fill, prefix)
