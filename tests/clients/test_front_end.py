"""The field's own front end, given by --front-end-root: it starts, lists the nodes, runs a workflow, shows the result.

pip install -r tests/clients/requirements.txt; playwright install chromium; pytest -m clients
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.api.running import REPOSITORY, Running, send

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]

WORKFLOW = json.loads((REPOSITORY / "workflows" / "text-to-image.json").read_text())
# A user who has never saved anything has no such file; the front end asks for it all the same.
MISSING = {"api/userdata/comfy.templates.json"}

# So that the pages for newcomers do not cover the canvas.
SETTINGS = {"Comfy.TutorialCompleted": True, "Comfy.InstalledVersion": "1.58.1"}

LISTEN = """async (workflow) => {
  const api = window.app.api ?? window.comfyAPI.api.api;
  window.heard = [];
  for (const kind of ["execution_start", "progress", "executed", "execution_success", "execution_error", "b_preview"])
    api.addEventListener(kind, () => window.heard.push(kind));
  await window.app.loadGraphData(workflow);
}"""
SHOWN = "() => window.app.graph.nodes.filter((n) => n.type === 'SaveImage' && n.imgs?.length === 4).length"


def find_front_end() -> Path:
    spec = importlib.util.find_spec("comfyui_frontend_package")
    if spec is None or spec.origin is None or importlib.util.find_spec("playwright") is None:
        pytest.skip("pip install -r tests/clients/requirements.txt")
    return Path(spec.origin).parent / "static"


def wait_until(page: Any, script: str, tries: int = 200) -> Any:
    """What the script gives, as soon as that is something. (The page's policy forbids playwright's own way to wait.)"""
    for _ in range(tries):
        if found := page.evaluate(script):
            return found
        page.wait_for_timeout(300)
    raise AssertionError(f"never came about: {script}; heard {page.evaluate('() => window.heard')}")


@pytest.mark.filterwarnings("default")
def test_the_front_end_of_the_field_starts_runs_a_workflow_and_shows_the_result(tmp_path: Path) -> None:
    front_end = find_front_end()
    from playwright.sync_api import sync_playwright

    running = Running(tmp_path, "--nodes", "nodes", "--cpu", "--front-end-root", str(front_end))
    told = urllib.request.Request(f"{running.url}/api/settings", json.dumps(SETTINGS).encode(), method="POST")
    assert send(told)[0] == 200
    failed: list[str] = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1500, "height": 900})
            page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
            page.goto(running.url)
            wait_until(page, "() => window.app?.graph && window.LiteGraph && true")
            wait_until(page, "() => Object.keys(LiteGraph.registered_node_types).includes('KSampler')")
            page.evaluate(LISTEN, WORKFLOW)
            page.evaluate("() => { window.app.queuePrompt(0) }")
            wait_until(page, "() => window.heard.includes('b_preview')")
            page.screenshot(path=tmp_path / "preview.png")
            wait_until(page, "() => window.heard.some((k) => k === 'execution_success' || k === 'execution_error')")
            heard = page.evaluate("() => window.heard")
            wait_until(page, SHOWN)
            page.wait_for_timeout(500)
            page.screenshot(path=tmp_path / "front-end.png")
            browser.close()
    finally:
        running.stop()
    sys.stdout.write(f"{tmp_path / 'preview.png'}\n{tmp_path / 'front-end.png'}\n")
    assert {"execution_start", "progress", "b_preview", "executed", "execution_success"} <= set(heard)
    assert "execution_error" not in heard
    ours = {url.removeprefix(running.url + "/") for url in failed if url.startswith(running.url)}
    assert ours <= MISSING
