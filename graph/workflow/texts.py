"""What the editor does to texts while it sends them: choices in prompts, widgets' values in file names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


def name_by_widgets(prefix: str, nodes: Sequence[tuple[Sequence[str], Mapping[str, Any]]]) -> str:
    """A file prefix with each ``%Node.widget%`` replaced by the value it names; what names none stays.

    ``nodes``: for each node its names, the best known first, and its inputs.
    """
    return _WIDGET.sub(lambda match: _value_of(match, nodes), prefix)


def _value_of(match: re.Match[str], nodes: Sequence[tuple[Sequence[str], Mapping[str, Any]]]) -> str:
    name, widget = match.groups()
    for rank in (0, 1):
        for names, inputs in nodes:
            if rank < len(names) and names[rank] == name and isinstance(inputs.get(widget), str | int | float):
                return _UNSAFE.sub("_", str(inputs[widget]))
    return match[0]
