"""``comfy_execution``: building the subgraph that a node expands to, and blocking what follows a node."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from graph.blocker import ExecutionBlocker
from graph.link_rules import types_fit
from graph.live import LiveGraph
from graph.run import current_call, current_item, current_run

__all__ = ["DynamicPrompt", "ExecutionBlocker", "GraphBuilder", "Node", "is_link"]

DynamicPrompt = LiveGraph
# Where the last graph was built (call and item), and how many were built there.
_built: ContextVar[tuple[str, int]] = ContextVar("built", default=(".0", 0))


class Node:
    """A node of a subgraph that is being built."""

    def __init__(self, id: str, class_type: str, inputs: dict[str, Any]) -> None:
        self.id = id
        self.class_type = class_type
        self.inputs = inputs
        self.override_display_id: str | None = None

    def out(self, index: int) -> list[Any]:
        """A link to one of its outputs."""
        return [self.id, index]

    def set_input(self, key: str, value: Any) -> None:
        """Give an input another value; None takes it away."""
        if value is None:
            self.inputs.pop(key, None)
        else:
            self.inputs[key] = value

    def get_input(self, key: str) -> Any:
        return self.inputs.get(key)

    def set_override_display_id(self, override_display_id: str) -> None:
        """Draw it on another node than on the one that expands."""
        self.override_display_id = override_display_id

    def serialize(self) -> dict[str, Any]:
        """The node as API JSON."""
        data: dict[str, Any] = {"class_type": self.class_type, "inputs": self.inputs}
        if self.override_display_id is not None:
            data["override_display_id"] = self.override_display_id
        return data


class GraphBuilder:
    """Builds the subgraph that a node expands to. Ids carry the node's own id, its item, and the graph's number."""

    def __init__(self, prefix: str | None = None) -> None:
        self.prefix = GraphBuilder.alloc_prefix() if prefix is None else prefix
        self.nodes: dict[str, Node] = {}
        self.id_gen = 1

    @classmethod
    def set_default_prefix(cls, prefix_root: str, call_index: int, graph_index: int = 0) -> None:
        """Begin the ids of graphs that are built outside a run so."""
        _built.set((f"{prefix_root}.{call_index}", graph_index))

    @classmethod
    def alloc_prefix(
        cls, root: str | None = None, call_index: int | None = None, graph_index: int | None = None
    ) -> str:
        """The next graph's prefix, the same in every run."""
        place, number = _built.get()
        if current_call.get():
            here = f"{current_call.get()}.{current_item.get()}"
            place, number = here, number if here == place else 0
        _built.set((place, number + 1))
        known_root, _, known_index = place.rpartition(".")
        index = known_index if call_index is None else call_index
        return f"{known_root if root is None else root}.{index}.{number if graph_index is None else graph_index}."

    def node(self, class_type: str, id: str | None = None, **kwargs: Any) -> Node:
        """A new node, or the one of that id."""
        if id is None:
            id = str(self.id_gen)
            self.id_gen += 1
        id = self.prefix + id
        if id not in self.nodes:
            self.nodes[id] = Node(id, class_type, kwargs)
        return self.nodes[id]

    def lookup_node(self, id: str) -> Node | None:
        return self.nodes.get(self.prefix + id)

    def finalize(self) -> dict[str, dict[str, Any]]:
        """The subgraph, for ``expand``."""
        return {node_id: node.serialize() for node_id, node in self.nodes.items()}

    def replace_node_output(self, node_id: str, index: int, new_value: Any) -> None:
        """Put a value, or nothing, wherever an output is linked to."""
        link = [self.prefix + node_id, index]
        for node in self.nodes.values():
            for name in [name for name, value in node.inputs.items() if value == link]:
                node.set_input(name, new_value)

    def remove_node(self, id: str) -> None:
        del self.nodes[self.prefix + id]


def is_link(obj: Any) -> bool:
    """Whether a value is a link, ``[id, slot]``."""
    return isinstance(obj, list) and len(obj) == 2 and isinstance(obj[0], str) and isinstance(obj[1], int | float)


def add_graph_prefix(graph: dict[str, Any], outputs: Any, prefix: str) -> tuple[dict[str, Any], Any]:
    """A graph and links into it with ``prefix`` before every id."""

    def renamed(value: Any) -> Any:
        return [prefix + value[0], value[1]] if is_link(value) else value

    found = {
        prefix + node_id: {**node, "inputs": {name: renamed(value) for name, value in node["inputs"].items()}}
        for node_id, node in graph.items()
    }
    return found, tuple(renamed(value) for value in outputs)


def validate_node_input(received_type: str, input_type: str, strict: bool = False) -> bool:
    """Whether an output of one type may feed an input of another."""
    return types_fit(received_type, input_type)


@dataclass(frozen=True)
class ExecutingContext:
    """The call that runs here."""

    prompt_id: str
    node_id: str
    list_index: int | None


def get_executing_context() -> ExecutingContext | None:
    """The call that runs here; None outside a run."""
    run = current_run.get(None)
    return ExecutingContext(run.id, current_call.get(), current_item.get()) if run is not None else None
