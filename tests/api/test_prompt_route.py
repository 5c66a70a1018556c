"""POST /prompt: what is taken, what is refused, and in which words."""

from __future__ import annotations

import io
import json
import urllib.request
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.running import Client, Running, call, send, shown


async def test_a_graph_runs_through_the_worker_and_lands_in_history(client: Client) -> None:
    prompt = {"1": call("Number", value=4), "2": call("Add", a=["1", 0], b=2), "3": call("Show", value=["2", 0])}
    answer = await client.post(
        "/prompt", {"prompt": prompt, "client_id": "me", "extra_data": {"extra_pnginfo": {"x": 1}}}
    )
    entry = await client.entry(answer["prompt_id"])
    number, job_id, kept, extra, outputs = entry["prompt"]
    assert (number, job_id, kept, outputs) == (answer["number"], answer["prompt_id"], prompt, ["3"])
    assert (extra["client_id"], extra["extra_pnginfo"], type(extra["create_time"])) == ("me", {"x": 1}, int)
    assert entry["outputs"] == {"3": {"text": ["6"]}}
    assert entry["meta"] == {"3": {"node_id": "3", "display_node": "3", "parent_node": None, "real_node_id": "3"}}
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("success", True)
    kinds = [kind for kind, _ in entry["status"]["messages"]]
    assert kinds == ["execution_start", "execution_cached", "execution_success"]


async def test_a_cached_rerun_has_its_outputs_in_history_too(client: Client) -> None:
    for _ in range(2):
        entry = await client.entry(await client.submit(shown(71)))
        assert entry["outputs"] == {"s": {"text": ["71"]}}


async def test_history_keeps_what_was_blocked_and_the_job_has_succeeded(client: Client) -> None:
    blocked = {"b": call("Block", message="no room here"), "t": call("Show", value=["b", 0])}
    job_id = await client.submit({**blocked, **shown(5)})
    entry = await client.entry(job_id)
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("success", True)
    kinds = [kind for kind, _ in entry["status"]["messages"]]
    assert sorted(kinds) == ["execution_cached", "execution_error", "execution_start", "execution_success"]
    told = next(data for kind, data in entry["status"]["messages"] if kind == "execution_error")
    assert (told["node_id"], told["exception_type"]) == ("t", "ExecutionBlocked")
    assert told["exception_message"].startswith("no room here")
    assert entry["outputs"] == {"s": {"text": ["5"]}}
    job = await client.get(f"/api/jobs/{job_id}")
    assert (job["status"], job.get("execution_error")) == ("completed", None)


async def test_every_route_is_there_twice(client: Client) -> None:
    answer = await client.post("/api/prompt", {"prompt": shown(1)})
    await client.entry(answer["prompt_id"])
    assert answer["prompt_id"] in await client.get("/api/history")
    assert await client.get("/api/prompt") == {"exec_info": {"queue_remaining": 0}}


async def test_ids_are_unique(client: Client) -> None:
    assert await client.submit(shown(1), prompt_id="mine", number=3) == "mine"
    await client.entry("mine")
    refused = await client.post("/prompt", {"prompt": shown(2), "prompt_id": "mine", "number": 3}, 409)
    assert refused["error"]["message"] == "There already is a job 'mine'. Leave prompt_id out to get a new id."
    assert (await client.entry("mine"))["outputs"] == {"s": {"text": ["1"]}}


async def test_all_problems_come_at_once_each_with_its_node(client: Client) -> None:
    prompt = {
        "1": call("Number", value=5000),
        "2": call("Add", a=["1", 0]),
        "3": call("Show", value=["2", 0]),
        "4": call("Show", value=["9", 0]),
    }
    refused = await client.post("/prompt", {"prompt": prompt}, 400)
    assert refused["error"]["type"] == "prompt_outputs_failed_validation"
    found = {node: [e["type"] for e in told["errors"]] for node, told in refused["node_errors"].items()}
    assert set(found) == {"1", "2", "4"}
    assert (found["1"], found["2"]) == (["value_bigger_than_max"], ["required_input_missing"])
    assert refused["node_errors"]["1"]["dependent_outputs"] == ["3"]
    assert "Number (node 1): value is 5000" in refused["error"]["details"]


async def test_a_good_output_runs_beside_a_bad_one(client: Client) -> None:
    answer = await client.post("/prompt", {"prompt": {**shown(3), "bad": call("Show")}})
    assert list(answer["node_errors"]) == ["bad"]
    entry = await client.entry(answer["prompt_id"])
    assert (entry["prompt"][4], entry["outputs"]) == (["s"], {"s": {"text": ["3"]}})


async def test_only_the_targets_asked_for_run(client: Client) -> None:
    prompt = {"a": call("Show", value=1), "b": call("Show", value=2)}
    entry = await client.entry(await client.submit(prompt, partial_execution_targets=["b"]))
    assert entry["outputs"] == {"b": {"text": ["2"]}}
    refused = await client.post("/prompt", {"prompt": prompt, "partial_execution_targets": []}, 400)
    assert refused["error"]["type"] == "prompt_no_outputs"


async def test_node_types_that_check_values_themselves_are_asked_before(client: Client) -> None:
    prompt = {"1": call("Even", value=3), "2": call("Show", value=["1", 0])}
    refused = await client.post("/prompt", {"prompt": prompt}, 400)
    assert refused["node_errors"]["1"]["errors"][0]["type"] == "custom_validation_failed"
    assert "3 is odd" in refused["error"]["message"]
    prompt["1"] = call("Even", value=4)
    assert (await client.entry(await client.submit(prompt)))["outputs"] == {"2": {"text": ["4"]}}


async def refusal(client: Client, body: bytes | str, status: int = 400) -> str:
    data = io.BytesIO(body.encode() if isinstance(body, str) else body)
    async with client.http.post("/prompt", data=data) as answer:
        assert answer.status == status, await answer.text()
        told = await answer.json()
        return str(told["error"]["message"])


async def test_what_is_no_prompt_is_refused_in_a_sentence(client: Client) -> None:
    assert await refusal(client, b"{") == "The body is not valid JSON: Input data was truncated."
    assert "not valid JSON" in await refusal(client, b"\xff\xfe")
    for number in ("NaN", "-Infinity", "Infinity"):
        assert f"it says {number.strip('-')} at byte" in await refusal(
            client, f'{{"prompt": {{"a": {number}}}}}'.encode()
        )
    assert await refusal(client, b"[]") == "The body has to be an object, not a list."
    assert await refusal(client, b'{"number": "x", "prompt": {}}') == "number has to be a number or null, not text."
    assert (await refusal(client, b"{}")).startswith("There is no prompt.")
    assert "is text" in await refusal(client, b'{"prompt": "x"}')
    assert "nested too deeply" in await refusal(client, b'{"prompt": ' + b"[" * 100_000)
    assert "no class_type" in await refusal(client, b'{"prompt": {"1": {"inputs": {}}}}')
    assert "no inputs" in await refusal(client, b'{"prompt": {"1": {"class_type": "Show"}}}')
    assert "no output node" in await refusal(client, json.dumps({"prompt": {"1": call("Number")}}))
    assert "Did you mean Number?" in await refusal(client, json.dumps({"prompt": {"1": call("Numbr")}}))


async def test_a_cycle_is_named(client: Client) -> None:
    prompt = {"1": call("Add", a=["2", 0], b=1), "2": call("Add", a=["1", 0], b=1), "3": call("Show", value=["2", 0])}
    assert "wait for each other" in await refusal(client, json.dumps({"prompt": prompt}))


async def test_two_nodes_of_one_id_are_not_quietly_made_one(client: Client) -> None:
    node = b'"1": {"class_type": "Show", "inputs": {"value": 1}}'
    body = b'{"prompt": {' + node + b", " + node + b"}}"
    assert await refusal(client, body) == "There are two nodes with the id 1. Give each its own."


async def test_a_body_of_50_megabytes_is_refused_and_the_server_goes_on(client: Client) -> None:
    body = b'{"prompt": {"1": {"class_type": "Show", "inputs": {"value": "' + b"x" * 50_000_000 + b'"}}}}'
    assert "The body has 50 MB; at most 20 MB" in await refusal(client, body, 413)
    await client.entry(await client.submit(shown(5)))


async def test_secrets_reach_neither_queue_nor_history(client: Client) -> None:
    job_id = await client.submit(shown(1), extra_data={"api_key_comfy_org": "hush", "auth_token_comfy_org": "hush"})
    assert "hush" not in json.dumps(await client.entry(job_id))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
LIKELY = st.fixed_dictionaries(
    {"class_type": st.sampled_from(["Number", "Add", "Show", "Open", "Even", "Nothing"]) | JSON},
    optional={
        "inputs": st.dictionaries(st.sampled_from(["a", "b", "value", "image"]), JSON | st.just(["1", 0]), max_size=3)
        | JSON,
        "_meta": JSON,
    },
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "prompt": st.dictionaries(st.sampled_from(["1", "2", "3"]), LIKELY | JSON, max_size=3) | JSON,
        "client_id": JSON,
        "prompt_id": st.none() | st.floats() | st.lists(st.none()),
        "number": JSON,
        "front": JSON,
        "partial_execution_targets": JSON,
        "extra_data": JSON,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES | JSON)
def test_no_body_is_answered_with_our_own_failure(server: Running, body: Any) -> None:
    data = json.dumps(body).encode()
    for path in ("/prompt", "/queue", "/history", "/interrupt"):
        if path != "/prompt" and isinstance(body, dict) and not body:
            continue
        request = urllib.request.Request(server.url + path, data=data, method="POST")
        status, text = send(request)
        assert status in (200, 400), (path, body)
        assert status == 200 or json.loads(text)["error"]["message"]
