"""Inputs with a widget: numbers, text, toggles, choices."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, StrEnum
from typing import Any

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


@comfytype("BOOLEAN")
class Boolean(ComfyTypeIO):
    Type = bool

    class Input(WidgetInput):
        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: bool | None = None,
            label_on: str | None = None,
            label_off: str | None = None,
            socketless: bool | None = None,
            force_input: bool | None = None,
            **more: Any,
        ) -> None:
            shared = {"socketless": socketless, "force_input": force_input, **more}
            super().__init__(id, display_name, optional, tooltip, lazy, default, **shared)
            self.label_on, self.label_off = label_on, label_off

        def own_options(self) -> dict[str, Any]:
            return {**super().own_options(), "label_on": self.label_on, "label_off": self.label_off}


class _NumberInput(WidgetInput):
    def __init__(
        self,
        id: str,
        display_name: str | None,
        optional: bool,
        tooltip: str | None,
        lazy: bool | None,
        default: float | None,
        limits: dict[str, Any],
        more: dict[str, Any],
    ) -> None:
        super().__init__(id, display_name, optional, tooltip, lazy, default, **more)
        self.limits = {name: plain(value) for name, value in limits.items()}
        self.min, self.max, self.step = limits.get("min"), limits.get("max"), limits.get("step")

    def own_options(self) -> dict[str, Any]:
        return {**super().own_options(), **self.limits}


@comfytype("INT")
class Int(ComfyTypeIO):
    Type = int

    class Input(_NumberInput):
        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: int | None = None,
            min: int | None = None,
            max: int | None = None,
            step: int | None = None,
            control_after_generate: bool | ControlAfterGenerate | None = None,
            display_mode: NumberDisplay | None = None,
            **more: Any,
        ) -> None:
            limits = {
                "min": min,
                "max": max,
                "step": step,
                "control_after_generate": control_after_generate,
                "display": display_mode,
            }
            super().__init__(id, display_name, optional, tooltip, lazy, default, limits, more)


@comfytype("FLOAT")
class Float(ComfyTypeIO):
    Type = float

    class Input(_NumberInput):
        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: float | None = None,
            min: float | None = None,
            max: float | None = None,
            step: float | None = None,
            round: float | None = None,
            display_mode: NumberDisplay | None = None,
            **more: Any,
        ) -> None:
            limits = {"min": min, "max": max, "step": step, "round": round, "display": display_mode}
            more.pop("gradient_stops", None)
            super().__init__(id, display_name, optional, tooltip, lazy, default, limits, more)


@comfytype("STRING")
class String(ComfyTypeIO):
    Type = str

    class Input(WidgetInput):
        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            multiline: bool = False,
            placeholder: str | None = None,
            default: str | None = None,
            dynamic_prompts: bool | None = None,
            **more: Any,
        ) -> None:
            super().__init__(id, display_name, optional, tooltip, lazy, default, **more)
            self.multiline, self.placeholder, self.dynamic_prompts = multiline, placeholder, dynamic_prompts

        def own_options(self) -> dict[str, Any]:
            own = {"multiline": self.multiline, "placeholder": self.placeholder, "dynamicPrompts": self.dynamic_prompts}
            return {**super().own_options(), **own}


@comfytype("COMBO")
class Combo(ComfyTypeIO):
    Type = str

    class Input(WidgetInput):
        """``options`` may be an Enum; a list that knows its folder stays that list."""

        multiselect = False

        def __init__(
            self,
            id: str,
            options: Sequence[Any] | type[Enum] | None = None,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: Any = None,
            control_after_generate: bool | ControlAfterGenerate | None = None,
            upload: UploadType | None = None,
            image_folder: FolderType | None = None,
            remote: RemoteOptions | None = None,
            **more: Any,
        ) -> None:
            super().__init__(id, display_name, optional, tooltip, lazy, plain(default), **more)
            self.options = read_options(options)
            self.control_after_generate = control_after_generate
            self.upload, self.image_folder, self.remote = upload, image_folder, remote

        def own_options(self) -> dict[str, Any]:
            return {
                **super().own_options(),
                "multiselect": self.multiselect,
                "options": self.options,
                "control_after_generate": plain(self.control_after_generate),
                **({str(plain(self.upload)): True} if self.upload else {}),
                "image_folder": plain(self.image_folder),
                "remote": self.remote.as_dict() if self.remote else None,
            }

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
        multiselect = True

        def __init__(
            self,
            id: str,
            options: Sequence[Any],
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: Sequence[Any] | None = None,
            placeholder: str | None = None,
            chip: bool | None = None,
            control_after_generate: bool | None = None,
            **more: Any,
        ) -> None:
            super().__init__(
                id, options, display_name, optional, tooltip, lazy, default, control_after_generate, **more
            )
            self.multi_select = {"placeholder": placeholder, "chip": chip}

        def own_options(self) -> dict[str, Any]:
            marks = {name: value for name, value in self.multi_select.items() if value is not None}
            return {**super().own_options(), "multi_select": marks}


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
