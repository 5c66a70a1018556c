"""How classes of the field tell how far they are: the second contract's ComfyAPI, and what a ProgressBar calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graph.run import current_run


@dataclass(frozen=True)
class WholePicture:
    """A picture that a node sends its client as it is, as a result: not made smaller, never left out.

    format: PNG or JPEG.
    """

    picture: Any
    format: str


def report_progress(done: float, total: float, preview: Any = None, call: str | None = None) -> None:
    """Report for the call that runs here; nothing outside a run. Raises Cancelled when the run is to stop.

    ``preview`` is a picture, or the field's ``(format, picture, longest side)``; without a longest side, it goes out
    whole.
    """
    run = current_run.get(None)
    if run is not None:
        run.progress(done, total, _read_preview(preview), call=call or "")


def _read_preview(preview: Any) -> Any:
    if not isinstance(preview, tuple):
        return preview if hasattr(preview, "convert") else None
    form, picture, limit = (*preview, None, None, None)[:3]
    if not hasattr(picture, "convert"):
        return None
    return WholePicture(picture, str(form)) if limit is None else picture


def as_picture(image: Any) -> Any:
    """A picture of the contract (PIL, or a tensor with its pixels in 0..1) as PIL; None for anything else."""
    if image is None or hasattr(image, "convert"):
        return image
    if not hasattr(image, "shape") or len(image.shape) not in (3, 4):
        return None
    from nodes.pictures import to_pictures  # here, since few nodes preview tensors

    return next(iter(to_pictures(image if len(image.shape) == 4 else image[None])), None)


def _as_preview(image: Any, ignore_size_limit: bool) -> Any:
    picture = as_picture(image)
    return ("PNG", picture, None) if ignore_size_limit else picture


class _Execution:
    async def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,
    ) -> None:
        """Report ``value`` of ``max_value``, with a picture if there is one."""
        report_progress(value, max_value, _as_preview(preview_image, ignore_size_limit), node_id)


class _ExecutionSync:
    def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,
    ) -> None:
        """The same, for functions that are not async."""
        report_progress(value, max_value, _as_preview(preview_image, ignore_size_limit), node_id)


class ComfyAPI:
    """What the second contract's async classes talk to the engine through."""

    VERSION = "latest"
    STABLE = False
    Execution = _Execution

    def __init__(self) -> None:
        self.execution = _Execution()


class ComfyAPISync:
    """The same, for classes that are not async."""

    VERSION = "latest"
    STABLE = False
    Execution = _ExecutionSync

    def __init__(self) -> None:
        self.execution = _ExecutionSync()
