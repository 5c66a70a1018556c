"""POST /plan: what a run would do, told before it does it."""

from __future__ import annotations

from tests.api.running import Client, call, shown, work


async def states(client: Client, prompt: object) -> dict[str, str]:
    async def known() -> dict[str, dict[str, str]]:
        answer = await client.post("/plan", {"prompt": prompt})
        return dict(answer["nodes"]) if answer["is_known"] else {}

    return {call: node["state"] for call, node in (await client.until(known)).items()}


async def test_before_the_first_run_everything_would_run(client: Client) -> None:
    assert await states(client, work(1, 0.0)) == {"1": "runs", "s": "runs"}


async def test_after_a_run_everything_is_known_until_a_value_changes(client: Client) -> None:
    prompt = work(1, 0.0)
    await client.entry(await client.submit(prompt))
    assert await states(client, prompt) == {"1": "cached", "s": "cached"}
    changed = {**prompt, "1": call("Work", **{**prompt["1"]["inputs"], "steps": 2})}
    assert await states(client, changed) == {"1": "runs", "s": "runs"}


async def test_a_plan_is_neither_queued_nor_kept(client: Client) -> None:
    before = await client.get("/history")
    await states(client, work(1, 0.0))
    assert (await client.get("/queue"), await client.get("/history")) == (
        {"queue_running": [], "queue_pending": []},
        before,
    )


async def test_the_plan_says_why_a_node_runs(client: Client) -> None:
    prompt = work(1, 0.0)
    await client.until(lambda: states(client, prompt))
    answer = await client.post("/plan", {"prompt": prompt})
    assert answer["nodes"]["1"]["why"] == "No result is kept for these values."
    assert answer["nodes"]["s"]["why"] == "It reads node 1, which runs."


async def test_what_is_wrong_is_told_like_a_run_would(client: Client) -> None:
    answer = await client.post("/plan", {"prompt": {"1": call("Work"), **shown(["1", 0])}})
    assert answer["is_known"] is False
    refused = await client.post("/prompt", {"prompt": {"1": call("Work"), **shown(["1", 0])}}, 400)
    assert answer["node_errors"] == refused["node_errors"]


async def test_a_body_without_a_prompt_is_refused_in_a_sentence(client: Client) -> None:
    assert "prompt" in (await client.post("/plan", {}, 400))["error"]["message"]
