"""Servers for the tests of the HTTP face."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.api.running import Client, Running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests of a file."""
    running = Running(tmp_path_factory.mktemp("base"))
    yield running
    running.stop()


@pytest.fixture
async def client(server: Running) -> AsyncIterator[Client]:
    async with server.session() as client:
        yield client


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Running]:
    """A server that a test may stop, kill and start again."""
    running = Running(tmp_path)
    yield running
    if running.process.poll() is None:
        running.stop()
