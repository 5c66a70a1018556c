"""Inputs of several types, and inputs that stand for several; ``graph.groups`` reads what they are described as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graph.groups import AUTOGROW, DYNAMIC_COMBO, DYNAMIC_SLOT, MATCH_TYPE
from nodes.v3 import types
from nodes.v3.types import AnyType, ComfyTypeI, ComfyTypeIO, Input, WidgetInput, comfytype, prune


def as_sections(inputs: Sequence[Input]) -> dict[str, dict[str, Any]]:
    """Inputs as the first contract sorts them: ``{required: {id: (type, options)}, optional: ...}``."""
    found: dict[str, dict[str, Any]] = {"required": {}}
    for item in inputs:
        found.setdefault("optional" if item.optional else "required", {})[item.id] = list(item.as_entry())
    return found


class DynamicInput(Input):
    """An input that stands for several."""


class MultiType:
    """An input that takes any of some types. With an input instead of an id, that input's widget is shown."""

    Type = Any

    class Input(Input):
        def __init__(
            self, id: str | Input, types: Sequence[Any], display_name: str | None = None, *args: Any, **more: Any
        ):
            self.shown = id if isinstance(id, Input) else None
            super().__init__(id.id if isinstance(id, Input) else id, display_name, *args, **more)
            if self.shown is not None:
                self.optional = self.optional or self.shown.optional
            self.io_types = list(types)

        def get_io_type(self) -> str:
            own = [self.shown.get_io_type()] if self.shown is not None else []
            return ",".join(dict.fromkeys([*own, *(item.io_type for item in self.io_types)]))

        def as_dict(self) -> dict[str, Any]:
            if self.shown is None:
                return super().as_dict()
            widget = {"widgetType": self.shown.get_io_type()} if isinstance(self.shown, WidgetInput) else {}
            return {**self.shown.as_dict(), **widget, **super().as_dict()}


@comfytype(MATCH_TYPE)
class MatchType(ComfyTypeIO):
    """Inputs and outputs of one Template carry values of one type."""

    class Template:
        def __init__(self, template_id: str, allowed_types: Any = AnyType) -> None:
            self.template_id = template_id
            self.allowed_types = list(allowed_types) if isinstance(allowed_types, list | tuple) else [allowed_types]

        def as_dict(self) -> dict[str, Any]:
            names = ",".join(item.io_type for item in self.allowed_types)
            return {"template_id": self.template_id, "allowed_types": names}

    class Input(DynamicInput):
        def __init__(self, id: str, template: MatchType.Template, *args: Any, **more: Any) -> None:
            super().__init__(id, *args, **more)
            self.template = template

        def own_options(self) -> dict[str, Any]:
            return {"template": self.template.as_dict()}

    class Output(types.Output):
        def __init__(self, template: MatchType.Template, id: str | None = None, *args: Any, **more: Any) -> None:
            if isinstance(template, str):  # both orders occur
                template, id = more.pop("template", id), template  # type: ignore[assignment]  # the pack's own order
            super().__init__(id, *args, **more)
            self.template = template


@comfytype(AUTOGROW)
class Autogrow(ComfyTypeI):
    """As many inputs as are linked."""

    Type = dict

    class TemplatePrefix:
        def __init__(self, input: Input, prefix: str, min: int = 1, max: int = 10) -> None:
            self.input = input
            self.numbers = {"prefix": prefix, "min": min, "max": max}

        def as_dict(self) -> dict[str, Any]:
            return {"input": as_sections([self.input]), **self.numbers}

    class TemplateNames:
        def __init__(self, input: Input, names: list[str], min: int = 1) -> None:
            self.input = input
            self.names = {"names": names, "min": min}

        def as_dict(self) -> dict[str, Any]:
            return {"input": as_sections([self.input]), **self.names}

    class Input(DynamicInput):
        def __init__(
            self, id: str, template: Autogrow.TemplatePrefix | Autogrow.TemplateNames, *args: Any, **more: Any
        ) -> None:
            super().__init__(id, *args, **more)
            self.template = template

        def own_options(self) -> dict[str, Any]:
            return {"template": self.template.as_dict()}


@comfytype(DYNAMIC_COMBO)
class DynamicCombo(ComfyTypeI):
    """A choice that brings inputs of its own with each option."""

    Type = dict

    class Option:
        def __init__(self, key: str, inputs: list[Input]) -> None:
            self.key = key
            self.inputs = inputs

        def as_dict(self) -> dict[str, Any]:
            return {"key": self.key, "inputs": as_sections(self.inputs)}

    class Input(DynamicInput):
        def __init__(self, id: str, options: list[DynamicCombo.Option], *args: Any, **more: Any) -> None:
            super().__init__(id, *args, **more)
            self.options = options

        def own_options(self) -> dict[str, Any]:
            return {"options": [option.as_dict() for option in self.options]}


@comfytype(DYNAMIC_SLOT)
class DynamicSlot(ComfyTypeI):
    """A socket that brings further inputs once something is linked to it."""

    Type = dict

    class Input(DynamicInput):
        def __init__(self, slot: Input, inputs: list[Input], display_name: str | None = None, *args: Any, **more: Any):
            super().__init__(slot.id, display_name, True, *args, **more)
            self.slot, self.inputs = slot, inputs

        def own_options(self) -> dict[str, Any]:
            forced = True if isinstance(self.slot, WidgetInput) else None
            own = {"slotType": self.slot.get_io_type(), "inputs": as_sections(self.inputs), "forceInput": forced}
            return prune(own)
