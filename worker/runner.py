"""Runner: takes a checked graph through the engine. The same for a worker's jobs and for ``server.py run``."""

from __future__ import annotations

import dataclasses
import gc
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from files.errors import FileProblem
from files.names import PLACES
from graph.document import Graph, NodeCall
from graph.events import Event, Failed
from graph.execute import execute
from graph.node import Node
from graph.plan import Plan, make_plan
from graph.run import Run
from graph.spec import Choice, NodeSpec
from worker.house import House
from worker.meter import Meter

_OUT_OF_MEMORY: Final = ("OutOfMemory", "OutOfMemoryError", "MemoryError")
_ASKED_BYTES: Final = re.compile(r"DefaultCPUAllocator:.* you tried to allocate (\d+) bytes")


class Runner:
    """Runs graphs in one House, one at a time.

    State: the thread that nodes run on, the same for all runs, since torch keeps its own threads for each that
    computes; and which inputs of each node type name files.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self._device = ThreadPoolExecutor(1, thread_name_prefix="device")
        self._file_inputs: dict[str, list[tuple[str, tuple[str, ...]]]] = {}

    def open_run(
        self, run_id: str, prompt: Mapping[str, Any], extra: Mapping[str, Any], emit: Callable[[Event], None]
    ) -> Run:
        """The Run that nodes will see; cancelling it works from here on, from any thread."""
        house = self.house
        meter = Meter(house.gauge)
        return Run(
            run_id,
            emit=lambda event: emit(meter.see(self._see_to_memory(event))),
            services=house.services,
            prompt=prompt,
            extra=extra,
            clock=time.perf_counter,
            around=house.around,
        )

    async def run(self, run: Run, graph: Graph, targets: Sequence[str]) -> None:
        """Run what the targets need; how it went is in the run's events, the last of which is the outcome."""
        house = self.house
        plan = self.plan(graph, targets)
        await execute(plan, house.nodes, house.cache, run, device=self._device)

    def plan(self, graph: Graph, targets: Sequence[str]) -> Plan:
        """What a run would do now; nothing is run."""
        return make_plan(graph, self.house.nodes, targets, self.house.cache, self.outside)

    def warm(self) -> None:
        """Have the device's thread import what the first model will need, and settle down for many runs."""
        self._device.submit(self._warm)

    def _warm(self) -> None:
        self.house.warm()
        # With torch and diffusers loaded a full collection stops all threads for 220 ms. What is there now stays for
        # good, so it need not be looked through again: 26 ms, and a fifth less for a first run of 400 small nodes.
        gc.collect()
        gc.freeze()

    def free(self, *, models: bool, results: bool) -> None:
        """Give memory back: what is loaded on the device, and the cached results too."""
        if results:
            self.house.cache.clear()
        if models or results:
            self.house.free()

    def _see_to_memory(self, event: Event) -> Event:
        """After a call ran out of memory, unload what is loaded, so that the next run starts with all there is."""
        if not isinstance(event, Failed) or not _is_out_of_memory(event):
            return event
        self._device.submit(self.house.free)
        if event.exception_type == "diffusion.errors.OutOfMemory":  # already says what to do
            return event
        asked = _ASKED_BYTES.search(event.message)
        said = event.message.partition(". ")[0].partition("\n")[0]
        if asked is not None:
            said = f"it asked for {int(asked[1]) / 1e9:.1f} GB at once"
        tip = "Use a smaller picture or a smaller batch, or nodes that work in tiles."
        return dataclasses.replace(event, message=f"Out of memory in {event.node_type}: {said}. {tip}", traceback=())

    def outside(self, call: NodeCall, node: Node) -> str:
        """What a call depends on outside its graph: the state of the files that its inputs name."""
        named = self._file_inputs.get(node.spec.name)
        if named is None:
            named = self._file_inputs[node.spec.name] = list(_file_inputs(node.spec))
        if not named:
            return ""
        values = ((folders, call.inputs.get(name)) for name, folders in named)
        return "\n".join(self._state(folder, v) for folders, v in values if isinstance(v, str) for folder in folders)

    def _state(self, folder: str, name: str) -> str:
        try:
            return f"{folder}/{name} {_state_of(self.house.folders.find(folder, name))}"
        except (FileProblem, OSError):  # not in this folder; if it is in none, the node will say so
            pass
        if folder not in PLACES:
            return ""
        try:
            inside = sorted(p for p in self.house.folders.find_folder(folder, name).rglob("*") if p.is_file())
            return "\n".join(f"{folder}/{p} {_state_of(p)}" for p in inside)
        except (FileProblem, OSError):
            return ""


def _is_out_of_memory(event: Failed) -> bool:
    """Whether a call failed for want of memory. Torch raises a plain RuntimeError when the CPU has none left."""
    return event.exception_type.endswith(_OUT_OF_MEMORY) or _ASKED_BYTES.search(event.message) is not None


def _state_of(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size} {stat.st_mtime_ns}"


def _file_inputs(spec: NodeSpec) -> Iterator[tuple[str, tuple[str, ...]]]:
    for item in spec.inputs:
        if isinstance(item.kind, Choice) and item.kind.folder:
            yield item.name, (item.kind.folder, *item.kind.more)
