"""Which models and packs there are, what they say of themselves; logs; memory."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
from pathlib import Path
from typing import Any

from PIL import Image

from files.folders import STARTER
from tests.api.running import Client, Running, call, shown


def put_weights(path: Path, metadata: dict[str, str] | None) -> None:
    head = json.dumps({"__metadata__": metadata} if metadata is not None else {}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(head)) + head)


async def test_models_are_listed_by_kind_and_tell_of_themselves(client: Client, server: Running) -> None:
    models = server.base / "models"
    put_weights(models / "loras" / "deep" / "a.safetensors", {"ss_tag": "x"})
    put_weights(models / "loras" / "b.safetensors", None)
    put_weights(models / "embeddings" / "easy.safetensors", {})
    (models / "loras" / "c.safetensors").write_bytes(b"no weights")
    Image.new("RGB", (900, 600), "red").save(models / "loras" / "deep" / "a.png")
    kinds = await client.get("/models")
    assert {"checkpoints", "loras", "vae", "configs", "custom_nodes"} <= set(kinds)
    shipped = "easel-starter-line-drawing.safetensors"
    assert await client.get("/models/loras") == ["b.safetensors", "c.safetensors", "deep/a.safetensors", shipped]
    assert await client.get("/embeddings") == ["easy"]
    found = await client.get("/experiment/models/loras")
    assert [(f["name"], f["pathIndex"]) for f in found][2] == ("deep/a.safetensors", 0)
    assert {"name": "loras", "folders": ["models/loras", "starter/loras", "output/loras"]} in await client.get(
        "/experiment/models"
    )
    assert await client.get("/view_metadata/loras?filename=deep/a.safetensors") == {"ss_tag": "x"}
    async with client.http.get("/experiment/models/preview/loras/0/deep/a.safetensors") as answer:
        assert (answer.status, answer.content_type) == (200, "image/webp")
    for path, status in (
        ("/models/nothing", 404),
        ("/experiment/models/nothing", 404),
        ("/experiment/models/preview/loras/0/b.safetensors", 404),
        ("/experiment/models/preview/loras/9/b.safetensors", 404),
        ("/experiment/models/preview/loras/0/..%2F..%2Fx", 400),
        ("/view_metadata/loras", 404),
        ("/view_metadata/loras?filename=b.safetensors", 404),
        ("/view_metadata/loras?filename=c.safetensors", 400),
        ("/view_metadata/loras?filename=../../x", 400),
    ):
        async with client.http.get(path) as answer:
            assert answer.status == status, path


async def test_packs_bring_scripts_texts_examples_and_subgraphs_and_what_they_print_is_logged(tmp_path: Path) -> None:
    pack = tmp_path / "custom_nodes" / "my pack"
    for name, text in {
        "web/a.js": "export {}",
        "locales/de/main.json": '{"hello": "Hallo"}',
        "locales/de/nodeDefs.json": '{"N": {"display_name": "Knoten"}}',
        "locales/de/commands.json": "{broken",
        "example_workflows/first.json": '{"nodes": []}',
        "subgraphs/group.json": '{"definitions": {}}',
    }.items():
        (pack / name).parent.mkdir(parents=True, exist_ok=True)
        (pack / name).write_text(text)
    (pack / "__init__.py").write_text(
        'WEB_DIRECTORY = "./web"\nprint("the pack says hello")\nNODE_CLASS_MAPPINGS = {}\n'
    )
    running = Running(tmp_path)
    try:
        async with running.session() as client:
            await client.get("/object_info")
            assert "/extensions/my%20pack/a.js" in await client.get("/extensions")
            async with client.http.get("/extensions/my%20pack/a.js") as answer:
                assert (await answer.text(), answer.content_type) == ("export {}", "text/javascript")
            async with client.http.get("/extensions/my%20pack/..%2F__init__.py") as answer:
                assert answer.status == 400
            texts = await client.get("/i18n")
            assert texts["de"] == {"hello": "Hallo", "nodeDefs": {"N": {"display_name": "Knoten"}}}
            assert await client.get("/workflow_templates") == {"my pack": ["first"]}
            assert await client.get("/api/workflow_templates/my%20pack/first.json") == {"nodes": []}
            [(key, subgraph)] = (await client.get("/global_subgraphs")).items()
            assert (subgraph["name"], subgraph["info"]) == ("group", {"node_pack": "custom_nodes.my pack"})
            assert (await client.get(f"/global_subgraphs/{key}"))["data"] == '{"definitions": {}}'
            assert await client.get("/global_subgraphs/unknown") is None

            async def is_logged() -> Any:
                return "the pack says hello" in await client.get("/internal/logs")

            await client.until(is_logged)
    finally:
        running.stop()
    assert "the pack says hello" in (tmp_path / "log.txt").read_text()


async def test_example_workflows_are_listed_opened_and_drawn_small(client: Client) -> None:
    examples, lessons = await client.get("/templates/index.json")
    assert "text-to-image" in [template["name"] for template in examples["templates"]]
    assert "1-forward-diffusion" in [template["name"] for template in lessons["templates"]]
    for template in (*examples["templates"], *lessons["templates"]):
        assert (await client.get(f"/templates/{template['name']}.json"))["nodes"]
        async with client.http.get(f"/templates/{template['name']}-1.webp") as answer:
            with Image.open(io.BytesIO(await answer.read())) as picture:
                assert picture.size == (480, 320)
                assert len(picture.convert("RGB").getcolors(maxcolors=200_000) or []) > 5
    for ending in (".json", "-1.webp"):
        async with client.http.get(f"/templates/..%2Fserver{ending}") as answer:
            assert answer.status == 404


async def test_the_first_example_ends_with_the_words_that_the_models_know(client: Client) -> None:
    known = json.loads((STARTER / "words.json").read_text(encoding="utf-8"))
    workflow = await client.get("/templates/text-to-image.json")
    [note] = [node for node in workflow["nodes"] if node["type"] == "MarkdownNote"]
    words = note["widgets_values"][0]
    assert all(concept["word"] in words for concept in known["concepts"])
    assert f"**{known['concepts'][0]['group']}**: {known['concepts'][0]['word']}, " in words
    assert f"**colours**: {', '.join(known['colours'])}" in words


async def test_logs_are_kept_and_new_lines_told_to_those_who_follow(own_server: Running) -> None:
    async with own_server.session() as client, client.http.ws_connect("/ws?clientId=reader") as socket:
        await client.entry(await client.submit(shown(1)))
        follow = {"clientId": "reader", "enabled": True}
        async with client.http.patch("/internal/logs/subscribe", json=follow) as answer:
            assert answer.status == 200
        os.kill(own_server.worker_pid(), signal.SIGKILL)
        while (message := await socket.receive_json(timeout=10))["type"] != "logs":
            pass
        [entry] = message["data"]["entries"]
        assert "The worker was killed" in entry["m"]
        assert entry in (await client.get("/internal/logs/raw"))["entries"]
        assert entry["m"] in await client.get("/internal/logs")


async def test_internal_lists_name_no_path_of_the_machine(client: Client, server: Running) -> None:
    await client.entry(await client.submit({"1": call("Paint", size=8, seed=3, filename_prefix="listed")}))
    assert (await client.get("/internal/files/output"))[0].startswith("listed")
    assert str(server.base) not in json.dumps(await client.get("/internal/folder_paths"))
    async with client.http.get("/internal/files/secrets") as answer:
        assert (answer.status, list(await answer.json())) == (400, ["error"])


async def test_memory_is_given_back_and_the_kept_results_with_it(client: Client) -> None:
    prompt = {"1": call("Number", value=77), **shown(["1", 0])}
    await client.entry(await client.submit(prompt))
    async with client.http.post("/free", json={"unload_models": True, "free_memory": True}) as answer:
        assert answer.status == 200
    entry = await client.entry(await client.submit(prompt))
    cached = next(data["nodes"] for kind, data in entry["status"]["messages"] if kind == "execution_cached")
    assert cached == []
