"""What clients send to be run, changed by node packs before it is judged."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from worker.shims.prompt_server import PromptServer

log = logging.getLogger(__name__)


def has_prompt_handlers() -> bool:
    """Whether a pack wants to see what clients send."""
    server = _prompt_server()
    return server is not None and bool(server.on_prompt_handlers)


def rewrite_prompt(body: bytes) -> bytes:
    """A JSON object as the handlers of packs leave it, one after the other. One that fails changes nothing."""
    server = _prompt_server()
    for handler in server.on_prompt_handlers if server is not None else ():
        try:
            found = handler(msgspec.json.decode(body))
            if not isinstance(found, dict):
                raise TypeError(f"it gives {type(found).__name__}, not the prompt")
            body = msgspec.json.encode(found, enc_hook=str)
        except Exception as error:  # noqa: BLE001  a pack's own code may raise anything
            log.warning("Custom nodes: a handler for prompts failed (%s): %r", handler.__module__, error)
    return body


def _prompt_server() -> PromptServer | None:
    """The stand-in that packs know, if any pack was loaded."""
    module = sys.modules.get("worker.shims.prompt_server")
    return None if module is None else module.PromptServer.instance
