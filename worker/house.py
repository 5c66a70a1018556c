"""House: everything a process needs to run graphs, built once from the options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from files.folders import Folders
from graph.cache import Cache
from graph.catalog import Catalog
from graph.node import Node
from jobs.messages import Stats
from worker.meter import Gauge


@dataclass(frozen=True)
class House:
    """nodes: what can run, by name. failures: packs that did not load, and why. services: what nodes may ask a Run for.

    around: entered by every thread that runs nodes (torch's inference mode). free: gives device memory back. stats: how
    the device stands. warm: imports what the first model needs. gauge: tells how much memory calls take, if anything
    here can. Without torch all but gauge do nothing. web: packs' folders of files for the editor.
    """

    folders: Folders
    nodes: dict[str, Node]
    failures: Mapping[str, str]
    cache: Cache
    services: Mapping[type, Any]
    around: Callable[[], AbstractContextManager[Any]] = nullcontext
    free: Callable[[], None] = lambda: None
    stats: Callable[[], Stats] = lambda: Stats([])
    warm: Callable[[], None] = lambda: None
    gauge: Gauge | None = None
    web: Mapping[str, Path] = field(default_factory=dict)
    catalog: Catalog = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "catalog", Catalog(node.spec for node in self.nodes.values()))
