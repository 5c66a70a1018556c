"""Websockets: each client hears of its own jobs, and everybody hears how long the queue is."""

from __future__ import annotations

import asyncio
import struct
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiohttp import WSMsgType, web

from api.replay import Past
from jobs.frames import encode_picture
from jobs.messages import Preview, Said

# A client that does not read: from the first size on it gets no more progress and previews, at the second it is
# dropped.
_SKIP_BYTES: Final = 4_000_000
_DROP_BYTES: Final = 64_000_000
_SKIPPED: Final = frozenset({"progress", "progress_state", "preview"})
# Clients that are away and may come back; the longest away is forgotten first.
_PASTS: Final = 64
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

    State: the newest socket of each id, and the past of those that asked for numbers (``?since=``). A client that comes
    back with its id takes over from its old socket, and with the number it heard last hears what it missed.
    """

    def __init__(self, describe_queue: Callable[[], Mapping[str, Any]], features: Mapping[str, Any]) -> None:
        self._clients: dict[str, Client] = {}
        self._pasts: dict[str, Past] = {}
        self._describe_queue = describe_queue
        self._features = features

    def hears(self, client_id: str) -> bool:
        """Whether that client is connected."""
        return client_id in self._clients

    def send(self, client_id: str, kind: str, data: Mapping[str, Any]) -> None:
        """Tell one client, now or when it comes back."""
        if client_id in self._clients or client_id in self._pasts:
            self._give(client_id, kind, encode(kind, data))

    def send_preview(self, client_id: str, message: Preview, picture: bytes, about: Mapping[str, Any]) -> None:
        """Show one client a preview: with its node where the client understands that, else the picture alone.

        Some clients take every picture for a result (comfy-api-simplified does), so those that said nothing of previews
        get none that nobody asked for.
        """
        client = self._clients.get(client_id)
        if client is None:
            return
        with_metadata = bool(client.features.get("supports_preview_metadata"))
        if with_metadata or message.asked or message.whole:
            frame = encode_picture(picture, message.mime, about if with_metadata else None)
            client.send("said" if message.whole else "preview", frame)

    def pass_on(self, said: Said, body: bytes) -> None:
        """Pass on what a node pack has to say, to the client it names or to all."""
        if said.binary is not None:
            frame: Frame = struct.pack(">I", said.binary) + body
        else:
            frame = encode(said.event, said.data)
        for client_id, client in list(self._clients.items()):
            if said.to not in (None, client_id):
                continue
            if isinstance(frame, str):
                self._give(client_id, "said", frame)
            else:
                client.send("said", frame)

    def tell_status(self) -> None:
        """Tell everybody how long the queue is."""
        frame = encode("status", self._status())
        for client_id in list(self._clients):
            self._give(client_id, "status", frame)

    async def serve(self, request: web.Request, on_join: Callable[[str], None]) -> web.WebSocketResponse:
        """One client's connection, from its greeting to its end."""
        socket = web.WebSocketResponse(max_msg_size=_ARRIVING_LIMIT_BYTES, compress=False)
        await socket.prepare(request)
        client_id = request.query.get("clientId") or uuid.uuid4().hex
        client = self._clients[client_id] = Client(socket)
        missed = self._welcome(client_id, request.query.get("since"))
        self._give(client_id, "status", encode("status", {**self._status(), "sid": client_id}))
        for frame in missed:
            client.send("missed", frame)
        on_join(client_id)
        try:
            await self._listen(client)
        finally:
            if self._clients.get(client_id) is client:
                del self._clients[client_id]
                if client_id in self._pasts:
                    self._pasts[client_id].away_since = time.monotonic()
        return socket

    def _give(self, client_id: str, kind: str, frame: str) -> None:
        past, client = self._pasts.get(client_id), self._clients.get(client_id)
        if past is not None:
            frame = past.add(kind, frame)
        if client is not None:
            client.send(kind, frame)

    def _welcome(self, client_id: str, since: str | None) -> list[str]:
        """What a client missed that says which number it heard last (0 = none yet); from now on it gets numbers."""
        away = sorted((past.away_since, i) for i, past in self._pasts.items() if past.away_since is not None)
        for index, (_, other) in enumerate(away):
            if self._pasts[other].is_over or index < len(away) - _PASTS:
                del self._pasts[other]
        if since is None or not (since.isascii() and since.isdecimal()):
            self._pasts.pop(client_id, None)
            return []
        past = self._pasts.setdefault(client_id, Past())
        past.away_since = None
        return list(past.since(int(since[:18])))

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


def encode(kind: str, data: Mapping[str, Any] | msgspec.Raw) -> str:
    """The envelope of a text message."""
    return msgspec.json.encode({"type": kind, "data": data}, enc_hook=str).decode()


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
