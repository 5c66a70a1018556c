"""Node packs that talk over HTTP and the websocket: their code runs in the worker, the server passes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.running import Client, Running, call
from tests.api.test_websocket import ear

PACK = """
import os
import folder_paths
from aiohttp import web
from server import PromptServer, BinaryEventTypes
from comfy.utils import ProgressBar
from comfy.model_patcher import ModelPatcher

@PromptServer.instance.routes.post("/talker/{name}")
async def answer(request):
    found = {"name": request.match_info["name"], "sent": await request.json(), "q": request.query.get("q")}
    return web.json_response(found, status=201)

@PromptServer.instance.routes.get("/talker/missing")
async def missing(request):
    return web.json_response({"error": "no such thing"}, status=404)

@PromptServer.instance.routes.get("/queue")
async def queue(request):
    return web.json_response("a pack's own")

def look_at(json_data):
    if "count" in json_data.get("extra_data", {}):
        json_data["extra_data"]["count"] += 1
        json_data["prompt"]["t"]["inputs"]["text"] = "rewritten"
    return json_data

def fail(json_data):
    raise RuntimeError("not today")

PromptServer.instance.add_on_prompt_handler(look_at)
PromptServer.instance.add_on_prompt_handler(fail)
PromptServer.instance.add_on_prompt_handler(lambda json_data: None)
PromptServer.instance.add_on_prompt_handler(look_at)

class Talk:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {})}, "hidden": {"me": "UNIQUE_ID"}}
    RETURN_TYPES = ()
    FUNCTION = "talk"
    OUTPUT_NODE = True
    def talk(self, text, me):
        ProgressBar(2).update(1)
        server = PromptServer.instance
        server.send_sync("talk.said", {"text": text, "node": me}, server.client_id)
        server.send_progress_text("half way", me)
        return {"ui": {"text": [text]}}

class Patched(ModelPatcher):
    pass

class NeedsInternals:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}
    RETURN_TYPES = ()
    FUNCTION = "patch"
    OUTPUT_NODE = True
    def patch(self):
        return (Patched(),)

class Pick:
    @classmethod
    def INPUT_TYPES(cls):
        things = os.path.join(folder_paths.base_path, "things")
        return {"required": {"file": (sorted(os.listdir(things)), {})}}
    RETURN_TYPES = ()
    FUNCTION = "pick"
    OUTPUT_NODE = True
    def pick(self, file):
        return {"ui": {"text": [file]}}

NODE_CLASS_MAPPINGS = {"Talk": Talk, "NeedsInternals": NeedsInternals, "Pick": Pick}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a talking pack, and one that is broken."""
    base = tmp_path_factory.mktemp("base")
    folder: Path = base / "custom_nodes"
    folder.mkdir()
    (base / "things").mkdir()
    (base / "things" / "a.txt").write_text("")
    (folder / "talker.py").write_text(PACK)
    (folder / "broken.py").write_text("import a_module_that_is_not_there")
    running = Running(base)
    yield running
    running.stop()


async def test_a_packs_route_answers_at_its_path_and_below_api(client: Client) -> None:
    await client.get("/object_info/Talk")
    for path in ("/talker/ann?q=1", "/api/talker/ann?q=1"):
        assert await client.post(path, {"x": 1}, status=201) == {"name": "ann", "sent": {"x": 1}, "q": "1"}


async def test_a_packs_own_404_is_its_own_and_other_unknown_paths_are_ours(client: Client) -> None:
    await client.get("/object_info/Talk")
    async with client.http.get("/talker/missing") as answer:
        assert (answer.status, await answer.json()) == (404, {"error": "no such thing"})
    async with client.http.get("/no/such/path") as answer:
        assert (answer.status, "no such thing" in await answer.text()) == (404, False)


async def test_a_pack_cannot_take_a_route_of_ours(client: Client) -> None:
    assert "queue_running" in await client.get("/queue")


async def test_what_a_pack_sends_reaches_the_client_of_the_run(client: Client) -> None:
    # The first run waits until the worker has warmed up.
    await client.entry(await client.submit({"1": call("Pick", file="a.txt")}), 60.0)
    async with ear(client, "me") as mine, ear(client, "other") as other:
        job = await client.submit({"1": call("Talk", text="hello")}, client_id="me")
        heard = await mine.hear_out(job)
        assert [m["data"] for m in heard if m["type"] == "talk.said"] == [{"text": "hello", "node": "1"}]
        assert [(m["data"]["value"], m["data"]["max"]) for m in heard if m["type"] == "progress"] == [(1, 2)]
        assert mine.pictures[-1] == b"\0\0\0\x03" + b"\0\0\0\x01" + b"1" + b"half way"
        assert [m for m in await other.silence() if m["type"] == "talk.said"] == []


async def test_handlers_for_prompts_change_what_a_client_sends_and_one_that_fails_changes_nothing(
    client: Client, server: Running
) -> None:
    sent = {"t": call("Talk", text="as sent")}
    entry = await client.entry(await client.submit(sent, extra_data={"count": 1}))
    assert entry["outputs"] == {"t": {"text": ["rewritten"]}}
    assert entry["prompt"][3]["count"] == 3
    assert (await client.entry(await client.submit(sent)))["outputs"] == {"t": {"text": ["as sent"]}}
    log = (server.base / "log.txt").read_text()
    assert ("not today" in log, "it gives NoneType, not the prompt" in log) == (True, True)
    for body in (b"{", b"[1]", b""):
        async with client.http.post("/prompt", data=body) as answer:
            assert (answer.status, (await answer.json())["error"]["type"]) in (
                (400, "invalid_json"),
                (400, "invalid_body"),
            )


async def test_a_node_that_needs_model_internals_says_so_when_it_runs(client: Client) -> None:
    job = await client.submit({"1": call("NeedsInternals")})
    entry = await client.entry(job)
    error = next(data for event, data in entry["status"]["messages"] if event == "execution_error")
    assert error["exception_message"].startswith("This node needs comfy.model_patcher.ModelPatcher")


async def test_a_broken_pack_leaves_the_others_and_the_list_of_nodes_alone(client: Client) -> None:
    found = await client.get("/object_info")
    assert found["Talk"]["python_module"] == "custom_nodes.talker"
    failures = await client.get("/packs/failures")
    assert list(failures) == ["broken"]
    assert failures["broken"].startswith("broken cannot be loaded: ModuleNotFoundError")


async def test_choices_that_a_pack_lists_itself_are_listed_anew(server: Running, client: Client) -> None:
    async def offered() -> list[str]:
        found = await client.get("/object_info/Pick")
        return list(found["Pick"]["input"]["required"]["file"][0])

    assert await offered() == ["a.txt"]
    (server.base / "things" / "b.txt").write_text("")
    job = await client.submit({"1": call("Pick", file="b.txt")})
    assert (await client.entry(job))["outputs"]["1"] == {"text": ["b.txt"]}
    assert await offered() == ["a.txt", "b.txt"]
