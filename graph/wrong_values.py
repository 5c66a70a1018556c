"""Values of another kind than an input's. Links of type ``*`` let them through; when a node fails, they are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from graph.spec import Input


def find_wrong_value(values: Mapping[str, Any], inputs: Sequence[Input], classes: Mapping[str, type]) -> str:
    """A sentence about the first value that is not what its input's annotation says; "" where all are.

    classes: input to the class of its values. A number is as good as another; None is, where the input may be left out.
    """
    for item in inputs:
        wanted = classes.get(item.name)
        if wanted is None or item.name not in values:
            continue
        value = values[item.name]
        if isinstance(value, Real if wanted in (int, float, bool) else wanted) or (value is None and not item.required):
            continue
        found = "nothing" if value is None else f"a value of type {type(value).__name__}"
        return f"{item.name} got {found} where {item.type} is wanted. Look at the node that it is linked from."
    return ""
