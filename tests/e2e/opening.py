"""Workflow files made by tests, and how a test opens one and runs it."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

from tests.e2e.drawing import rest, until

Call = tuple[str, dict[str, Any]]
"""A node type, and per input its value or the (node, output) that feeds it."""


def open_graph(page: Page, **calls: Call) -> None:
    """Open a graph in a new tab; it comes as an API file, so nodes lie where the editor puts them."""
    prompt = {
        name.removeprefix("n"): {
            "class_type": kind,
            "inputs": {k: list(v) if isinstance(v, tuple) else v for k, v in inputs.items()},
        }
        for name, (kind, inputs) in calls.items()
    }
    open_file(page, "graph.json", prompt)


def open_file(page: Page, name: str, content: object) -> None:
    """Open a JSON file in a new tab, by dropping it."""
    tabs = page.get_by_role("tablist", name="Open workflows").get_by_role("tab")
    count = tabs.count()
    page.evaluate(
        """([name, text]) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([text], name, { type: "application/json" }));
            const where = { dataTransfer, clientX: 600, clientY: 300, bubbles: true, cancelable: true };
            document.querySelector(".canvas").dispatchEvent(new DragEvent("drop", where));
        }""",
        [name, json.dumps(content)],
    )
    tabs.nth(count).wait_for()
    rest(page)


def run(page: Page, address: str, timeout_s: float = 60) -> dict[str, Any]:
    """Run by the keyboard; the outputs of the job's nodes by their ids. Fails when the job did."""
    with page.expect_response("**/api/prompt") as answer:
        page.keyboard.press("Control+Enter")
    told = answer.value.json()
    assert "prompt_id" in told, told

    def entry() -> dict[str, Any]:
        found = page.request.get(f"{address}/api/history/{told['prompt_id']}").json()
        one: dict[str, Any] = found.get(told["prompt_id"], {})
        return one

    until(page, entry, bool, timeout_s)
    ended = entry()
    assert ended["status"]["status_str"] == "success", ended["status"]
    outputs: dict[str, Any] = ended["outputs"]
    return outputs
