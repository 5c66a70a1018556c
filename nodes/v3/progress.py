"""How classes of the field tell how far they are: the second contract's ComfyAPI, and what a ProgressBar calls."""

from __future__ import annotations

from typing import Any

from graph.run import current_run


def report_progress(done: float, total: float, preview: Any = None, call: str | None = None) -> None:
    """Report for the call that runs here; nothing outside a run. Raises Cancelled when the run is to stop.

    ``preview`` is a picture, or the field's ``(format, picture, longest side)``.
    """
    run = current_run.get(None)
    if run is not None:
        picture = preview[1] if isinstance(preview, tuple) and len(preview) > 1 else preview
        run.progress(done, total, picture if hasattr(picture, "convert") else None, call=call or "")


def as_picture(image: Any) -> Any:
    """A picture of the contract (PIL, or a tensor with its pixels in 0..1) as PIL; None for anything else."""
    if image is None or hasattr(image, "convert"):
        return image
    if not hasattr(image, "shape") or len(image.shape) not in (3, 4):
        return None
    from nodes.pictures import to_pictures  # here, since few nodes preview tensors

    return next(iter(to_pictures(image if len(image.shape) == 4 else image[None])), None)


class _Execution:
    async def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,  # noqa: ARG002  previews are always brought to the size of the options
    ) -> None:
        """Report ``value`` of ``max_value``, with a picture if there is one."""
        report_progress(value, max_value, as_picture(preview_image), node_id)


class _ExecutionSync:
    def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,  # noqa: ARG002  as above
    ) -> None:
        """The same, for functions that are not async."""
        report_progress(value, max_value, as_picture(preview_image), node_id)


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
