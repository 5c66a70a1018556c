"""The editor at 500 nodes, in headless Chromium: ``python benchmarks/editor.py [--nodes N] [--url ADDRESS]``.

Prints a row for each figure with its target. Without --url it starts a server of its own. Nodes are KSamplers (4 linked
inputs, 6 widgets each), links go to the four nodes before. Needs playwright and a Chromium (EASEL_CHROMIUM or in PATH).
Chromium renders in software here, so the figures say more about a change than about a user's machine. Frame times grow
with whatever else the machine does; the processor time of a frame, over all of Chromium's processes, hardly does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, Route, sync_playwright

_REPOSITORY = Path(__file__).resolve().parent.parent
_INPUTS = ("model", "positive", "negative", "latent_image")
_COLUMNS = 25

# Frame times between two calls, in ms, while something else moves the canvas.
_WATCH = """() => {
  window.frames_ = []; let last = performance.now(); window.watching_ = true;
  const step = (now) => {
    window.frames_.push(now - last); last = now;
    if (window.watching_) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""
# Scripts by their size on the wire.
_SCRIPTS_KB = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.endsWith(".js")).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1000"""
# Milliseconds that each key takes until the list is rendered, the best of three rounds.
_TYPE = """async (text) => {
  const field = document.querySelector("[role=combobox].pick-query");
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const type = async (value) => {
    const start = performance.now();
    set.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const took = performance.now() - start;
    await new Promise(requestAnimationFrame);
    return took;
  };
  const times = Array(text.length).fill(Infinity);
  for (let round = 0; round < 3; round++)
    for (let i = 0; i < text.length; i++) times[i] = Math.min(times[i], await type(text.slice(0, i + 1)));
  return times;
}"""
_STOP = "() => { window.watching_ = false; return window.frames_.slice(2); }"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nodes", type=int, default=500)
    parser.add_argument("--url", help="a server that runs already")
    parser.add_argument("--picture", type=Path, help="where to put a picture of the whole graph")
    options = parser.parse_args()
    with serving(options.url) as url, sync_playwright() as started:
        chromium = os.environ.get("EASEL_CHROMIUM") or shutil.which("chromium")
        browser = started.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--enable-precise-memory-info"]
        )
        page = browser.new_page(viewport={"width": 1500, "height": 900})
        measure(page, url, options.nodes, options.picture)
        page.close()
        measure_search(browser.new_page(viewport={"width": 1500, "height": 900}), url)
        browser.close()


def measure(page: Page, url: str, count: int, picture: Path | None) -> None:
    """All figures, one row each."""
    start = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(".react-flow__pane")
    row("page usable, nothing cached, ms", (time.perf_counter() - start) * 1000, "")
    row("scripts of the first load, kB as sent", page.evaluate(_SCRIPTS_KB), "300")
    times = []
    for _ in range(5):
        start = time.perf_counter()
        page.reload(wait_until="commit")
        page.wait_for_selector(".react-flow__pane")
        times.append((time.perf_counter() - start) * 1000)
    row("page usable, warm, median of five, ms", statistics.median(times), "1000")
    devtools = page.context.new_cdp_session(page)
    row("heap with the example, MB", heap_mb(devtools), "")
    row(f"{count} nodes ready, ms", open_workflow(page, make_workflow(count), count), "1000")
    row("elements in the document", page.evaluate("document.querySelectorAll('*').length"), "")
    row("fit view, ms", fit(page), "50")
    measure_pan(page, "whole graph in view")
    if picture:
        page.screenshot(path=str(picture))
    page.keyboard.press("Control+0")
    page.wait_for_selector(".card")
    page.wait_for_timeout(1500)
    measure_pan(page, "at zoom 1")
    row("zoom sweep: p50 / p95, ms a frame", spread(sweep(page)), "33")
    row("heap, MB", heap_mb(devtools), "120")
    before = heap_mb(devtools)
    for _ in range(20):
        open_workflow(page, make_workflow(100), 100)
        page.keyboard.press("Alt+w")
        page.wait_for_timeout(50)
    row("heap kept after opening and closing 20 workflows of 100 nodes, MB", heap_mb(devtools) - before, "5")


def measure_pan(page: Page, where: str) -> None:
    """Two rows: frame times, and what a frame costs."""
    before = processor_ms(page)
    frames = pan(page)
    cost = (processor_ms(page) - before) / len(frames)
    row(f"pan, {where}: p50 / p95, ms a frame", spread(frames), "33")
    row(f"pan, {where}: processor time, ms a frame", cost, "")


def processor_ms(page: Page) -> float:
    """What all of Chromium's processes have computed so far."""
    browser = page.context.browser
    assert browser is not None
    devtools = browser.new_browser_cdp_session()
    found = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
    devtools.detach()
    return float(sum(process["cpuTime"] for process in found)) * 1000


def measure_search(page: Page, url: str) -> None:
    """The row for typing into the palette that adds a node, over 2000 node types."""

    def many(route: Route) -> None:
        info = route.fetch().json()
        names = list(info)
        for i in range(2000 - len(names)):
            kind = names[i % len(names)]
            info[f"{kind}{i}"] = {
                **info[kind],
                "name": f"{kind}{i}",
                "display_name": f"{info[kind]['display_name']} {i}",
            }
        route.fulfill(json=info)

    page.route("**/api/object_info", many)
    page.goto(url)
    page.wait_for_selector(".react-flow__pane")
    page.keyboard.press("Tab")
    page.wait_for_selector("[role=combobox].pick-query")
    times = page.evaluate(_TYPE, "ksampler adv")
    row(
        "a key in the search of 2000 node types: median / slowest, ms",
        f"{statistics.median(times):.1f} / {max(times):.1f}",
        "16",
    )


def make_workflow(count: int) -> dict[str, Any]:
    """A workflow in the field's form: each node takes from the four before it."""
    nodes: list[dict[str, Any]] = []
    links: list[list[Any]] = []
    for i in range(count):
        inputs = []
        for k, name in enumerate(_INPUTS):
            source = i - 1 - k if i > 3 else i - 1
            link = None
            if source >= 0:
                link = len(links) + 1
                links.append([link, source + 1, 0, i + 1, k, "LATENT"])
            inputs.append({"name": name, "type": "LATENT", "link": link})
        nodes.append(
            {
                "id": i + 1,
                "type": "KSampler",
                "pos": [i % _COLUMNS * 380, i // _COLUMNS * 360],
                "size": [300, 270],
                "flags": {},
                "order": i,
                "mode": 0,
                "inputs": inputs,
                "outputs": [{"name": "LATENT", "type": "LATENT", "links": []}],
                "properties": {},
                "widgets_values": [i, "fixed", 20, 8.0, "euler", "simple", 1.0],
            }
        )
    return {"last_node_id": count, "last_link_id": len(links), "nodes": nodes, "links": links, "version": 0.4}


def open_workflow(page: Page, workflow: dict[str, Any], count: int) -> float:
    """Drop the file on the page; ms until it is drawn whole."""
    return float(
        page.evaluate(
            """async ([content, count]) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File([content], `of ${count}.json`, { type: "application/json" }));
                const target = document.querySelector(".react-flow__pane");
                const start = performance.now();
                const how = { dataTransfer: transfer, bubbles: true, cancelable: true };
                target.dispatchEvent(new DragEvent("drop", how));
                const frame = () => new Promise(requestAnimationFrame);
                const isOpen = () => document.querySelector(".status")?.textContent.includes(`${count} nodes`);
                while (!isOpen()) await frame();
                await frame(); await frame();
                return performance.now() - start;
            }""",
            [json.dumps(workflow), count],
        )
    )


def fit(page: Page) -> float:
    """Ms from the key to the second frame after it; the median of five, from another place each time."""
    times: list[float] = []
    for _ in range(5):
        page.mouse.move(700, 400)
        page.mouse.wheel(0, -600)
        page.wait_for_timeout(400)
        times.append(
            page.evaluate(
                """async () => {
                    const start = performance.now();
                    window.dispatchEvent(new KeyboardEvent("keydown", { key: "f", bubbles: true }));
                    await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
                    return performance.now() - start;
                }"""
            )
        )
    page.wait_for_timeout(300)
    return statistics.median(times)


def pan(page: Page) -> list[float]:
    """Frame times while the middle button drags the canvas around."""
    page.mouse.move(750, 450)
    page.mouse.down(button="middle")
    page.evaluate(_WATCH)
    for i in range(90):
        page.mouse.move(750 - 5 * min(i, 90 - i), 450 - 2 * i)
    page.mouse.up(button="middle")
    return list(page.evaluate(_STOP))


def sweep(page: Page) -> list[float]:
    """Frame times while the wheel zooms out and in again."""
    page.mouse.move(750, 450)
    page.evaluate(_WATCH)
    for i in range(60):
        page.mouse.wheel(0, 60 if i < 30 else -60)
        page.wait_for_timeout(8)
    return list(page.evaluate(_STOP))


def heap_mb(devtools: CDPSession) -> float:
    """The page's heap after a collection."""
    devtools.send("HeapProfiler.collectGarbage")
    return float(devtools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def spread(frames: list[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(frames)
    return f"{statistics.median(ordered):.1f} / {ordered[int(len(ordered) * 0.95)]:.1f}"


def row(name: str, value: float | str, target: str) -> None:
    """One line of the table."""
    shown = value if isinstance(value, str) else f"{value:.1f}"
    sys.stdout.write(f"{name:68} {shown:>16}   {'target ' + target if target else ''}\n")
    sys.stdout.flush()


@contextmanager
def serving(url: str | None) -> Iterator[str]:
    """An address that serves the editor."""
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(_REPOSITORY / "server.py"), "--port", "0", f"--user-directory={folder}"]
        if root := os.environ.get("EASEL_FRONT_END_ROOT"):
            command.append(f"--front-end-root={root}")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.send_signal(signal.SIGTERM)
        process.wait(15)


if __name__ == "__main__":
    main()
