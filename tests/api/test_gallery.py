"""GET /gallery and what belongs to it: saved files, newest first, searched, starred, made small, deleted."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.api.running import Client, Running


@pytest.fixture(autouse=True)
def output(server: Running) -> Path:
    """Three saved pictures, one of them in a folder, each a second older than the one before."""
    folder = server.base / "output"
    (folder / "cats").mkdir(parents=True, exist_ok=True)
    for age, (name, prompt) in enumerate([("a.png", "a red fox"), ("cats/b.png", "a blue cat"), ("c.png", "a tree")]):
        info = PngInfo()
        info.add_text("prompt", json.dumps({"1": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt}}}))
        Image.new("RGB", (600, 300), "red").save(folder / name, pnginfo=info)
        os.utime(folder / name, (1_700_000_000 - age, 1_700_000_000 - age))
    return folder


async def names(client: Client, query: str = "") -> list[str]:
    return [item["name"] for item in (await client.get(f"/gallery{query}"))["items"]]


async def test_files_are_listed_newest_first_a_page_at_a_time(client: Client) -> None:
    assert await names(client) == ["a.png", "cats/b.png", "c.png"]
    page = await client.get("/gallery?offset=1&limit=1")
    assert ([item["filename"] for item in page["items"]], page["total"]) == (["b.png"], 3)


async def test_search_finds_words_of_the_name_and_of_the_prompt(client: Client) -> None:
    assert (await names(client, "?search=fox"), await names(client, "?search=cats blue")) == (["a.png"], ["cats/b.png"])


async def test_a_star_stays_until_it_is_taken_away(client: Client) -> None:
    await client.post("/gallery/star", {"name": "c.png"})
    assert await names(client, "?starred=true") == ["c.png"]
    await client.post("/gallery/star", {"name": "c.png", "star": False})
    assert await names(client, "?starred=true") == []


async def test_a_thumbnail_is_small_and_keeps_its_shape(client: Client) -> None:
    async with client.http.get("/gallery/thumbnail?filename=b.png&subfolder=cats&size=128") as answer:
        picture = Image.open(io.BytesIO(await answer.read()))
        assert (answer.content_type, picture.size) == ("image/webp", (128, 64))


async def test_the_info_of_a_file_is_the_graph_it_was_made_with(client: Client) -> None:
    info = await client.get("/gallery/info?filename=a.png")
    assert info["prompt"]["1"]["inputs"]["text"] == "a red fox"


async def test_a_deleted_file_is_gone(client: Client, output: Path) -> None:
    await client.post("/gallery/delete", {"names": ["cats/b.png"]})
    assert (await names(client), (output / "cats" / "b.png").exists()) == (["a.png", "c.png"], False)


@pytest.mark.parametrize("name", ["../jobs.sqlite", "/etc/passwd", "none.png", ""])
async def test_nothing_outside_the_folder_can_be_deleted(client: Client, name: str) -> None:
    async with client.http.post("/gallery/delete", json={"names": [name]}) as answer:
        assert answer.status in (400, 404)


async def test_a_size_that_is_not_offered_is_refused_in_a_sentence(client: Client) -> None:
    async with client.http.get("/gallery/thumbnail?filename=a.png&size=99999") as answer:
        assert (answer.status, (await answer.json())["error"]["message"]) == (
            400,
            "size can be 128, 256, 512, 1024, not 99999.",
        )
