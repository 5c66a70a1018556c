"""Which node types there are: their specs by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from graph.spec import NodeSpec


class Catalog(Mapping[str, NodeSpec]):
    """Specs by node type. Never changes; the last of two specs with one name counts."""

    def __init__(self, specs: Iterable[NodeSpec] = ()) -> None:
        self._specs = {spec.name: spec for spec in specs}

    def __getitem__(self, name: str) -> NodeSpec:
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def suggest(self, name: str) -> str | None:
        """The node type that was probably meant: by its spelling, or by the name or synonym that the editor shows."""
        shown = {s.display_name.lower(): s.name for s in self._specs.values() if s.display_name}
        shown |= {word.lower(): s.name for s in self._specs.values() for word in s.synonyms}
        shown |= {s.name.lower(): s.name for s in self._specs.values()}
        found = nearest(name.lower(), shown)
        return shown[found] if found else None


def nearest(wanted: str, known: Iterable[str]) -> str | None:
    """The known word that ``wanted`` is most likely a misspelling of, or None if none is near."""
    # difflib is quadratic in the words' length; nobody misspells a name of more than 200 characters.
    return next(iter(difflib.get_close_matches(wanted[:200], list(known), n=1, cutoff=0.6)), None)
