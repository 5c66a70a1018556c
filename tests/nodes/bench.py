"""Runs built-in nodes through the real engine, to see what they give and show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from graph.cache import LruCache
from graph.catalog import Catalog
from graph.document import parse_prompt
from graph.events import CallFinished, CallStarted, Event, Failed
from graph.execute import execute
from graph.node import Node, nodes_of
from graph.plan import make_plan
from graph.run import Run
from graph.validate import check

Call = tuple[str, Mapping[str, Any]]


@dataclass
class Result:
    """What a run told: what each call showed, which ran, and why it failed (``""`` if it did not)."""

    events: list[Event] = field(default_factory=list)

    @property
    def shown(self) -> dict[str, Any]:
        return {e.call: dict(e.ui) for e in self.events if isinstance(e, CallFinished) and e.ui is not None}

    @property
    def ran(self) -> list[str]:
        return [e.call for e in self.events if isinstance(e, CallStarted)]

    @property
    def failure(self) -> str:
        return next((e.message for e in self.events if isinstance(e, Failed)), "")


class Bench:
    """The nodes of some subjects, and one cache."""

    def __init__(self, *subjects: ModuleType, services: Mapping[type, Any] | None = None) -> None:
        self.nodes: dict[str, Node] = {node.spec.name: node for s in subjects for node in nodes_of(s)}
        self.services = services or {}
        self.cache = LruCache(1000)

    def problems(self, **calls: Call) -> list[str]:
        """What validation has to say."""
        catalog = Catalog(node.spec for node in self.nodes.values())
        return [problem.message for problem in check(parse_prompt(_prompt(calls)), catalog).problems]

    def run(self, **calls: Call) -> Result:
        """Run ``id=(node type, inputs)``; a link is ``["id", slot]``."""
        result = Result()
        plan = make_plan(parse_prompt(_prompt(calls)), self.nodes, None, self.cache)
        run = Run("run", emit=result.events.append, services=self.services)
        asyncio.run(execute(plan, self.nodes, self.cache, run))
        return result


def _prompt(calls: Mapping[str, Call]) -> dict[str, Any]:
    return {call: {"class_type": name, "inputs": inputs} for call, (name, inputs) in calls.items()}
