"""Windows: each has a number of its own for as long as it is connected."""

from __future__ import annotations

import aiohttp

from tests.api.running import Client, Running


class Windows:
    """Open windows by name; a websocket that nobody holds is closed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.sockets: dict[str, aiohttp.ClientWebSocketResponse] = {}

    async def open(self, name: str) -> None:
        self.sockets[name] = await self.client.http.ws_connect("/ws", params={"clientId": name})
        await self.sockets[name].receive(10)  # the greeting: from now on the server knows it

    async def close(self, name: str) -> None:
        await self.sockets[name].close()

        async def is_gone() -> bool:
            async with self.client.http.post("/windows", json={"client_id": name}) as answer:
                return answer.status == 409

        await self.client.until(is_gone)

    async def number(self, name: str, before: int | None = None) -> int:
        answer = await self.client.post("/windows", {"client_id": name, "number": before})
        found: int = answer["number"]
        return found


async def test_windows_have_the_lowest_numbers_that_are_free_and_keep_them(own_server: Running) -> None:
    async with own_server.session() as client:
        windows = Windows(client)
        for name in ("a", "b", "c"):
            await windows.open(name)
        assert [await windows.number(name) for name in ("a", "b", "c", "b")] == [0, 1, 2, 1]
        await windows.close("b")
        await windows.open("d")
        assert [await windows.number(name) for name in ("d", "a")] == [1, 0]


async def test_a_window_that_comes_back_gets_its_number_unless_another_took_it(own_server: Running) -> None:
    async with own_server.session() as client:
        windows = Windows(client)
        await windows.open("a")
        assert await windows.number("a", before=4) == 4
        await windows.close("a")
        await windows.open("b")
        assert await windows.number("b", before=4) == 4
        await windows.open("a")
        assert await windows.number("a", before=4) == 0


async def test_a_window_without_a_websocket_gets_no_number(own_server: Running) -> None:
    async with own_server.session() as client, client.http.post("/windows", json={"client_id": "x"}) as answer:
        assert answer.status == 409
        assert "Open one first" in await answer.text()
