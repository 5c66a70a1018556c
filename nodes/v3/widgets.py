"""Inputs with a widget: numbers, text, toggles, choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final

from nodes.v3 import types
from nodes.v3.types import ComfyTypeI, ComfyTypeIO, WidgetInput, comfytype


class NumberDisplay(StrEnum):
    """How a number is drawn."""

    number = "number"
    slider = "slider"
    gradient_slider = "gradientslider"
    color = "color"


class ControlAfterGenerate(StrEnum):
    """What becomes of a value after each run."""

    fixed = "fixed"
    increment = "increment"
    decrement = "decrement"
    randomize = "randomize"


class UploadType(StrEnum):
    """What files can be added to a choice."""

    image = "image_upload"
    audio = "audio_upload"
    video = "video_upload"
    model = "file_upload"


class FolderType(StrEnum):
    """The places for files."""

    input = "input"
    output = "output"
    temp = "temp"


class RemoteOptions:
    """Choices that the editor asks some address for."""

    def __init__(self, route: str, refresh_button: bool, control_after_refresh: str = "first", **more: Any) -> None:
        self._options = {
            "route": route,
            "refresh_button": refresh_button,
            "control_after_refresh": control_after_refresh,
            **more,
        }

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in self._options.items() if value is not None}


_SHARED: Final = ("display_name", "optional", "tooltip", "lazy")
_CHOICE: Final = ("default", "control_after_generate", "upload", "image_folder", "remote")


class _Settings(WidgetInput):
    """An input whose settings are told as data. order: what may be given by position, after the id.

    own: settings of this kind alone, and what each is called on the wire. usual: what is set without being given.
    """

    order: ClassVar[tuple[str, ...]] = ()
    own: ClassVar[Mapping[str, str]] = {}
    usual: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, id: str, *given: Any, **named: Any) -> None:
        if len(given) > len(self.order):
            raise TypeError(f"{self.io_type} input '{id}' takes at most {len(self.order)} values after its id.")
        placed = dict(zip(self.order, given, strict=False))
        if twice := placed.keys() & named.keys():
            raise TypeError(f"{self.io_type} input '{id}' is given {', '.join(sorted(twice))} twice.")
        settings = {**self.usual, **placed, **named}
        for name in self.own:
            setattr(self, name, settings.pop(name, None))
        super().__init__(id, **settings)

    def own_options(self) -> dict[str, Any]:
        return {**super().own_options(), **{wire: plain(getattr(self, name)) for name, wire in self.own.items()}}


def _on_wire(*names: str, **others: str) -> Mapping[str, str]:
    """Settings that are called the same on the wire, and others that are not."""
    return {**{name: name for name in names}, **others}


@comfytype("BOOLEAN")
class Boolean(ComfyTypeIO):
    Type = bool

    class Input(_Settings):
        order = (*_SHARED, "default", "label_on", "label_off", "socketless", "force_input")
        own = _on_wire("label_on", "label_off")


@comfytype("INT")
class Int(ComfyTypeIO):
    Type = int

    class Input(_Settings):
        order = (*_SHARED, "default", "min", "max", "step", "control_after_generate", "display_mode")
        own = _on_wire("min", "max", "step", "control_after_generate", display_mode="display")


@comfytype("FLOAT")
class Float(ComfyTypeIO):
    Type = float

    class Input(_Settings):
        order = (*_SHARED, "default", "min", "max", "step", "round", "display_mode")
        own = _on_wire("min", "max", "step", "round", "gradient_stops", display_mode="display")


@comfytype("STRING")
class String(ComfyTypeIO):
    Type = str

    class Input(_Settings):
        order = (*_SHARED, "multiline", "placeholder", "default", "dynamic_prompts")
        own = _on_wire("multiline", "placeholder", dynamic_prompts="dynamicPrompts")
        usual: ClassVar[Mapping[str, Any]] = {"multiline": False}


@comfytype("COMBO")
class Combo(ComfyTypeIO):
    Type = str

    class Input(_Settings):
        """``options`` may be an Enum; a list that knows its folder stays that list."""

        order: ClassVar[tuple[str, ...]] = ("options", *_SHARED, *_CHOICE)
        own = _on_wire("options", "control_after_generate", "upload", "image_folder", "remote")
        multiselect = False
        options: Any

        def __init__(self, id: str, *given: Any, **named: Any) -> None:
            super().__init__(id, *given, **named)
            self.options = read_options(self.options)
            self.default = plain(self.default)

        def own_options(self) -> dict[str, Any]:
            options = super().own_options()
            upload, remote = options.pop("upload"), options.pop("remote")
            marks = {str(upload): True} if upload else {}
            return {**options, "multiselect": self.multiselect, **marks, "remote": remote.as_dict() if remote else None}

    class Output(types.Output):
        def __init__(
            self,
            id: str | None = None,
            display_name: str | None = None,
            options: Sequence[Any] | None = None,
            tooltip: str | None = None,
            is_output_list: bool = False,
        ) -> None:
            super().__init__(id, display_name, tooltip, is_output_list)
            self.options = list(options or ())


@comfytype("COMBO")
class MultiCombo(ComfyTypeI):
    Type = list

    class Input(Combo.Input):
        order = ("options", *_SHARED, "default", "placeholder", "chip", "control_after_generate")
        own = _on_wire(*Combo.Input.own, "placeholder", "chip")
        multiselect = True

        def own_options(self) -> dict[str, Any]:
            options = super().own_options()
            marks = {name: options.pop(name) for name in ("placeholder", "chip")}
            return {**options, "multi_select": types.prune(marks)}


class _OwnWidget(ComfyTypeIO):
    Input = WidgetInput


def _with_widget(io_type: str) -> Any:
    return comfytype(io_type)(type(io_type.title().replace("_", ""), (_OwnWidget,), {}))


Webcam = _with_widget("WEBCAM")
Color = _with_widget("COLOR")
BoundingBox = _with_widget("BOUNDING_BOX")
ImageCompare = _with_widget("IMAGECOMPARE")
Curve = _with_widget("CURVE")


def read_options(options: Sequence[Any] | type[Enum] | None) -> Sequence[Any]:
    """The choices; of an Enum, its values."""
    if isinstance(options, type) and issubclass(options, Enum):
        return [item.value for item in options]
    return options if isinstance(options, list) else list(options or ())


def plain(value: Any) -> Any:
    """An Enum's value; anything else as it is."""
    return value.value if isinstance(value, Enum) else value
