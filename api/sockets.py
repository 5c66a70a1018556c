"""Websockets: each client hears of its own jobs, and everybody hears how long the queue is."""

from __future__ import annotations

import asyncio
import struct
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiohttp import WSMsgType, web

# A client that does not read: from the first size on it gets no more progress and previews, at the second it is
# dropped.
_SKIP_BYTES: Final = 4_000_000
_DROP_BYTES: Final = 64_000_000
_SKIPPED: Final = frozenset({"progress", "progress_state", "preview"})
_ARRIVING_LIMIT_BYTES: Final = 1_000_000

Frame = str | bytes


class Client:
    """One websocket.

    State: the features it negotiated; frames that wait, with their bytes; the task that sends them, which exists only
    while something waits. Invariant: frames go out in the order in which they came.
    """

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.features: Mapping[str, Any] = {}
        self._waiting: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._sender: asyncio.Task[None] | None = None

    def send(self, kind: str, frame: Frame) -> None:
        """Send soon; never waits for the client."""
        if self._waiting_bytes > _SKIP_BYTES and kind in _SKIPPED:
            return
        self._waiting.append(frame)
        self._waiting_bytes += len(frame)
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_waiting())
        elif self._waiting_bytes > _DROP_BYTES:
            self._waiting.clear()
            self._sender.cancel()

    async def _send_waiting(self) -> None:
        with suppress(ConnectionError, RuntimeError):  # it left, or is closing
            while self._waiting:
                frame = self._waiting.popleft()
                self._waiting_bytes -= len(frame)
                if isinstance(frame, str):
                    await self.socket.send_str(frame)
                else:
                    await self.socket.send_bytes(frame)


class Hub:
    """The clients by id. ``describe_queue`` says what everybody hears of the queue.

    State: the newest socket of each id. A client that comes back with its id takes over from its old socket.
    """

    def __init__(self, describe_queue: Callable[[], Mapping[str, Any]], features: Mapping[str, Any]) -> None:
        self._clients: dict[str, Client] = {}
        self._describe_queue = describe_queue
        self._features = features

    def hears(self, client_id: str) -> bool:
        """Whether that client is connected."""
        return client_id in self._clients

    def send(self, client_id: str, kind: str, data: Mapping[str, Any]) -> None:
        """Tell one client, if it is connected."""
        client = self._clients.get(client_id)
        if client is not None:
            client.send(kind, encode(kind, data))

    def send_preview(self, client_id: str, picture: bytes, mime: str, about: Mapping[str, Any]) -> None:
        """Show one client a preview: with its node where the client understands that, else the picture alone."""
        client = self._clients.get(client_id)
        if client is not None:
            with_metadata = bool(client.features.get("supports_preview_metadata"))
            client.send("preview", encode_preview(picture, mime, about if with_metadata else None))

    def tell_status(self) -> None:
        """Tell everybody how long the queue is."""
        frame = encode("status", self._status())
        for client in self._clients.values():
            client.send("status", frame)

    async def serve(self, request: web.Request, on_join: Callable[[str], None]) -> web.WebSocketResponse:
        """One client's connection, from its greeting to its end."""
        socket = web.WebSocketResponse(max_msg_size=_ARRIVING_LIMIT_BYTES, compress=False)
        await socket.prepare(request)
        client_id = request.query.get("clientId") or uuid.uuid4().hex
        client = self._clients[client_id] = Client(socket)
        client.send("status", encode("status", {**self._status(), "sid": client_id}))
        on_join(client_id)
        try:
            await self._listen(client)
        finally:
            if self._clients.get(client_id) is client:
                del self._clients[client_id]
        return socket

    async def close(self) -> None:
        """Say goodbye to everybody."""
        for client in list(self._clients.values()):
            with suppress(ConnectionError, RuntimeError):
                await client.socket.close(code=1001, message=b"The server stops.")

    async def _listen(self, client: Client) -> None:
        is_first = True
        async for message in client.socket:
            if message.type is WSMsgType.TEXT and is_first:
                is_first = False
                client.features = read_features(message.data) or {}
                if client.features:
                    client.send("feature_flags", encode("feature_flags", self._features))

    def _status(self) -> dict[str, Any]:
        return {"status": {"exec_info": self._describe_queue()}}


def encode(kind: str, data: Mapping[str, Any]) -> str:
    """The envelope of a text message."""
    return msgspec.json.encode({"type": kind, "data": data}, enc_hook=str).decode()


def encode_preview(picture: bytes, mime: str, about: Mapping[str, Any] | None) -> bytes:
    """Binary frame 4 (with the node it belongs to), or 1 (the picture alone; 1 is JPEG, 2 is PNG)."""
    if about is None:
        return struct.pack(">II", 1, 2 if mime == "image/png" else 1) + picture
    head = msgspec.json.encode({**about, "image_type": mime})
    return struct.pack(">II", 4, len(head)) + head + picture


def read_features(text: str) -> Mapping[str, Any] | None:
    """What a client says it understands, if that is what the message says."""
    try:
        message = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    if (
        not isinstance(message, dict)
        or message.get("type") != "feature_flags"
        or not isinstance(message.get("data"), dict)
    ):
        return None
    found: dict[str, Any] = message["data"]
    return found or {"feature_flags": True}
