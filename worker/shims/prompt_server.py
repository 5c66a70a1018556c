"""``server``: the object that packs know the HTTP server by. Their routes are served by the worker itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

from aiohttp import web

from graph.run import current_call, current_run
from worker.shims.ground import ground


class BinaryEventTypes:
    """Numbers of messages that are not JSON."""

    PREVIEW_IMAGE = 1
    UNENCODED_PREVIEW_IMAGE = 2
    TEXT = 3
    PREVIEW_IMAGE_WITH_METADATA = 4


class PromptQueue:
    """The queue as packs look at it. It is the server's; from here it looks empty."""

    def get_tasks_remaining(self) -> int:
        return 0

    def get_current_queue(self) -> tuple[list[Any], list[Any]]:
        return [], []

    get_current_queue_volatile = get_current_queue

    def get_history(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}

    def set_flag(self, name: str, data: Any) -> None:
        """Flags of the other engine's worker; Easel frees memory by itself."""


class PromptServer:
    """State: the routes and prompt handlers that packs registered."""

    instance: ClassVar[PromptServer]

    def __init__(self) -> None:
        self.routes = web.RouteTableDef()
        self.app = web.Application()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.on_prompt_handlers: list[Callable[[dict[str, Any]], dict[str, Any]]] = []
        self.prompt_queue = PromptQueue()
        self.supports = ["custom_nodes_from_web"]
        self.sockets: dict[str, Any] = {}
        self.sockets_metadata: dict[str, Any] = {}
        self.number = 0
        self.messages: asyncio.Queue[Any] = asyncio.Queue()

    @property
    def address(self) -> str:
        """Where the server listens, as far as the worker knows."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return 8188

    @property
    def client_id(self) -> str | None:
        """Who sent the run that goes on here."""
        run = current_run.get(None)
        return run.extra.get("client_id") if run is not None else None

    @client_id.setter
    def client_id(self, value: str | None) -> None:
        """Packs set it back after a message; each run here has its own."""

    @property
    def last_node_id(self) -> str | None:
        """The call that runs here."""
        return current_call.get() or None

    @property
    def last_prompt_id(self) -> str | None:
        run = current_run.get(None)
        return run.id if run is not None else None

    def send_sync(self, event: Any, data: Any, sid: str | None = None) -> None:
        """Send the clients (or one) a message of a pack's own."""
        ground().announce(event, data, sid)

    async def send(self, event: Any, data: Any, sid: str | None = None) -> None:
        """The same, for async code."""
        self.send_sync(event, data, sid)

    async def send_json(self, event: Any, data: Any, sid: str | None = None) -> None:
        self.send_sync(event, data, sid)

    def send_progress_text(self, text: str, node_id: str, sid: str | None = None) -> None:
        """Show a text on a node."""
        name = str(node_id).encode()
        self.send_sync(
            BinaryEventTypes.TEXT, len(name).to_bytes(4, "big") + name + text.encode(), sid or self.client_id
        )

    def add_on_prompt_handler(self, handler: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Have a pack look at each prompt before it is judged."""
        self.on_prompt_handlers.append(handler)

    def trigger_on_prompt(self, json_data: dict[str, Any]) -> dict[str, Any]:
        """A prompt as the handlers leave it."""
        for handler in self.on_prompt_handlers:
            json_data = handler(json_data)
        return json_data

    def get_queue_info(self) -> dict[str, Any]:
        return {"exec_info": {"queue_remaining": 0}}

    def queue_updated(self) -> None:
        """The server tells the clients by itself."""

    def add_routes(self) -> None:
        """Routes are added when all packs are loaded."""


PromptServer.instance = PromptServer()
