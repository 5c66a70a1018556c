"""POST /prompt takes the editor's document too."""

from __future__ import annotations

from typing import Any

from tests.api.running import Client, call


def document(value: Any) -> dict[str, Any]:
    """A number inside a subgraph, shown."""
    inside = {"id": 1, "type": "Number", "widgets_values": [value], "outputs": [{"name": "INT", "type": "INT"}]}
    leaving = {"id": 1, "origin_id": 1, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "INT"}
    sub = {"id": "sub", "name": "Sub", "nodes": [inside], "links": [leaving], "outputs": [{"name": "x", "type": "INT"}]}
    show = {"id": 5, "type": "Show", "inputs": [{"name": "value", "type": "*", "link": 1}]}
    return {
        "nodes": [{"id": 4, "type": "sub", "outputs": [{"name": "x", "type": "INT"}]}, show],
        "links": [[1, 4, 0, 5, 0, "INT"]],
        "definitions": {"subgraphs": [sub]},
        "version": 0.4,
    }


async def test_the_editors_document_runs_and_is_kept_for_the_files_that_are_saved(client: Client) -> None:
    for field in ("workflow", "prompt"):
        answer = await client.post("/prompt", {field: document(41)})
        entry = await client.entry(answer["prompt_id"])
        _, _, prompt, extra, outputs = entry["prompt"]
        assert prompt == {"4:1": call("Number", value=41), "5": call("Show", value=["4:1", 0])}
        assert (extra["extra_pnginfo"], outputs) == ({"workflow": document(41)}, ["5"])
        assert entry["outputs"] == {"5": {"text": ["41"]}}


async def test_beside_a_prompt_it_only_rides_along(client: Client) -> None:
    answer = await client.post("/prompt", {"prompt": {"s": call("Show", value=1)}, "workflow": document(42)})
    entry = await client.entry(answer["prompt_id"])
    assert (entry["outputs"], entry["prompt"][3]["extra_pnginfo"]["workflow"]) == ({"s": {"text": ["1"]}}, document(42))


async def test_what_cannot_be_converted_is_refused_with_its_node(client: Client) -> None:
    data = document(1)
    data["definitions"]["subgraphs"][0]["nodes"][0]["type"] = "Gone"
    refused = await client.post("/prompt", {"workflow": data}, 400)
    assert "There is no node type 'Gone' (node 4:1)." in refused["error"]["message"]
    refused = await client.post("/prompt", {"workflow": {"nodes": 3}}, 400)
    assert refused["error"]["message"] == "This is not a workflow as the editor saves it: it has no nodes."
