"""Preview pictures, made and encoded beside the work they show: one at a time, the newest first, none that is late."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, Final

from graph.events import CallFinished, Event
from jobs.frames import PICTURE_WITH_METADATA, RAW_PICTURE, encode_picture
from nodes.v3.progress import WholePicture

# At most this often: encoding a preview of 512 pixels takes about 3 ms of another core.
PREVIEW_S: Final = 0.1
# Times as long as a preview took, the next one waits: at most a fifth of a core goes into them.
_REST: Final = 4
_QUALITY: Final = 95

log = logging.getLogger(__name__)

Send = Callable[[str, bytes, str], None]


class Previewer:
    """Turns what nodes offer into JPEGs on a thread of its own.

    State: the newest offer not yet taken, and the calls at work. Invariant: no preview is sent for a call that has
    finished, and making one never holds up the node that offered it.
    """

    def __init__(self, send: Send, size: int, around: Callable[[], AbstractContextManager[Any]] = nullcontext) -> None:
        self._send = send
        self._size = size
        self._around = around
        self._offer: tuple[str, Any] | None = None
        self._next_at = 0.0
        self._changed = threading.Condition()
        threading.Thread(target=self._work, name="previews", daemon=True).start()

    def offer(self, call: str, picture: Any) -> None:
        """A picture (or a function that makes one) of a call's work; dropped if the last one was a moment ago."""
        now = time.monotonic()
        if now < self._next_at:
            return
        self._next_at = now + PREVIEW_S
        with self._changed:
            self._offer = (call, picture)
            self._changed.notify()

    def watch(self, event: Event) -> None:
        """Hear what the run does: a finished call's preview is dropped."""
        if isinstance(event, CallFinished) and self._offer is not None:
            with self._changed:
                if self._offer is not None and self._offer[0] == event.call:
                    self._offer = None

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._offer is None:
                    self._changed.wait()
                offer = self._offer
            call, picture = offer
            started = time.monotonic()
            try:
                with self._around():
                    data = encode_preview(picture() if callable(picture) else picture, self._size)
            except Exception as error:  # the node border: the picture comes from a node's own code
                log.debug("A preview of node %s cannot be made: %s", call, error, exc_info=True)
                data = b""
            ended = time.monotonic()
            self._next_at = max(self._next_at, ended + _REST * (ended - started))
            with self._changed:
                is_wanted = self._offer is not None and self._offer[0] == call
                if self._offer is offer:
                    self._offer = None
                if is_wanted and data:
                    self._send(call, data, "image/jpeg")


def painted_by(method: str, offer: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    """``offer`` for pictures that can be painted in several ways (they have ``paint``), each painted by ``method``."""

    def offer_painted(call: str, picture: Any) -> None:
        paint = getattr(picture, "paint", None)
        offer(call, picture if paint is None else partial(paint, method))

    return offer_painted


def encode_whole(whole: WholePicture) -> tuple[bytes, str]:
    """A picture in the format and size that its node wants, and the format's MIME type."""
    file = io.BytesIO()
    if whole.format.upper() == "PNG":
        whole.picture.save(file, format="PNG", compress_level=1)
        return file.getvalue(), "image/png"
    whole.picture.convert("RGB").save(file, format="JPEG", quality=_QUALITY)
    return file.getvalue(), "image/jpeg"


def encode_message(event: Any, data: Any) -> tuple[int, bytes] | None:
    """A picture that a pack sends as a message (``[format, picture, longest side]``): its number and body on the wire.

    None for all other messages.
    """
    about, sent = None, data
    if event == PICTURE_WITH_METADATA and isinstance(data, list | tuple) and len(data) == 2:
        sent, about = data
    elif event != RAW_PICTURE:
        return None
    if not isinstance(sent, list | tuple) or len(sent) != 3 or not hasattr(sent[1], "save"):
        return None
    form, picture, limit = sent
    if limit is not None:
        picture = picture.copy()
        picture.thumbnail((limit, limit))
    encoded, mime = encode_whole(WholePicture(picture, str(form)))
    frame = encode_picture(encoded, mime, about)
    return int.from_bytes(frame[:4], "big"), frame[4:]


def encode_preview(picture: Any, size: int) -> bytes:
    """A PIL picture as JPEG, its longest side at most ``size``; b"" for anything else."""
    if not hasattr(picture, "convert"):
        return b""
    picture = picture.convert("RGB")
    picture.thumbnail((size, size))
    file = io.BytesIO()
    picture.save(file, format="JPEG", quality=_QUALITY)
    return file.getvalue()
