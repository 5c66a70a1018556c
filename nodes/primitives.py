"""Plain values as nodes, so that one value can feed many inputs."""

from __future__ import annotations

from typing import Annotated

from graph.node import node
from graph.spec import Float, Int, Text, Toggle

INT_MAX = 2**63 - 1

WholeNumber = Annotated[int, Int(-INT_MAX, INT_MAX, reroll=True)]
RealNumber = Annotated[float, Float(-INT_MAX, INT_MAX, step=0.1)]
Line = Annotated[str, Text()]
Paragraph = Annotated[str, Text(multiline=True)]
Switch = Annotated[bool, Toggle()]


@node("PrimitiveInt", display_name="Int", category="utils/primitive", needs_device=False)
def primitive_int(*, value: WholeNumber) -> Annotated[int, Int()]:
    """A whole number."""
    return value


@node("PrimitiveFloat", display_name="Float", category="utils/primitive", needs_device=False)
def primitive_float(*, value: RealNumber) -> Annotated[float, Float()]:
    """A real number."""
    return value


@node("PrimitiveString", display_name="String", category="utils/primitive", needs_device=False)
def primitive_string(*, value: Line) -> Annotated[str, Text()]:
    """A line of text."""
    return value


@node("PrimitiveStringMultiline", display_name="String (Multiline)", category="utils/primitive", needs_device=False)
def primitive_paragraph(*, value: Paragraph) -> Annotated[str, Text()]:
    """Text of several lines."""
    return value


@node("PrimitiveBoolean", display_name="Boolean", category="utils/primitive", needs_device=False)
def primitive_boolean(*, value: Switch) -> Annotated[bool, Toggle()]:
    """True or false."""
    return value
