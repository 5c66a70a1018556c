"""The graph while it runs: the user's calls and those that expansions add. A node sees it as its DYNPROMPT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.document import Graph, NodeCall


class LiveGraph:
    """State: all calls by id; for calls that an expansion made, the call that expanded and the node they are drawn on.

    The methods named ``get_...`` are those that node classes of the field ask DYNPROMPT for.
    """

    def __init__(self, graph: Graph, prompt: Mapping[str, Any]) -> None:
        self.calls: dict[str, NodeCall] = dict(graph.calls)
        self._graph = graph
        self._prompt = prompt
        self._parents: dict[str, str] = {}
        self._shown: dict[str, str] = {}

    def add(self, call: NodeCall, parent: str, shown: str) -> None:
        """A call that ``parent`` expanded to, drawn on ``shown`` (or where its parent is)."""
        self.calls[call.id] = call
        self._parents[call.id] = parent
        self._shown[call.id] = shown or self.shown_on(parent)

    def parent(self, call: str) -> str:
        """The call that expanded to this one; "" for the user's own."""
        return self._parents.get(call, "")

    def shown_on(self, call: str) -> str:
        """The node of the user's graph that a call is drawn on."""
        return self._shown.get(call, call)

    def root(self, call: str) -> str:
        """The user's own call that a call comes from."""
        while call in self._parents:
            call = self._parents[call]
        return call

    def get_node(self, node_id: str) -> dict[str, Any]:
        """A call as API JSON; KeyError if there is none of that id."""
        return Graph({node_id: self.calls[node_id]}).to_prompt()[node_id]

    def has_node(self, node_id: str) -> bool:
        return node_id in self.calls

    def get_real_node_id(self, node_id: str) -> str:
        return self.root(node_id)

    def get_parent_node_id(self, node_id: str) -> str | None:
        return self.parent(node_id) or None

    def get_display_node_id(self, node_id: str) -> str:
        return self.shown_on(node_id)

    def all_node_ids(self) -> set[str]:
        return set(self.calls)

    def get_original_prompt(self) -> Mapping[str, Any]:
        """The prompt as it was sent; without one, the user's graph as API JSON."""
        if not self._prompt:
            self._prompt = self._graph.to_prompt()
        return self._prompt
