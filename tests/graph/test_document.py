"""API JSON into a Graph and back."""

from __future__ import annotations

from typing import Any

import pytest

from graph.document import BadLink, Graph, Link, NodeCall, parse_prompt
from graph.errors import GraphError


def refuse(data: Any) -> list[str]:
    with pytest.raises(GraphError) as caught:
        parse_prompt(data)
    return [problem.message for problem in caught.value.problems]


def test_a_prompt_becomes_calls_with_constants_and_links() -> None:
    data = {
        "1": {"class_type": "Number", "inputs": {"value": 3}, "_meta": {"title": "three"}},
        "2": {"class_type": "Show", "inputs": {"value": ["1", 0]}},
    }
    assert parse_prompt(data) == Graph(
        {
            "1": NodeCall("1", "Number", {"value": 3}, "three"),
            "2": NodeCall("2", "Show", {"value": Link("1", 0)}),
        }
    )


def test_a_graph_is_written_back_as_it_was_read() -> None:
    data = {
        "1": {
            "class_type": "A",
            "inputs": {"list": {"__value__": [1, 2]}, "plain": {"a": 1}, "link": ["2", 1], "none": None},
            "_meta": {"title": "first"},
        },
        "2": {"class_type": "B", "inputs": {"wrapped": {"__value__": {"__value__": 1}}}},
    }
    assert parse_prompt(data).to_prompt() == data


def test_a_list_value_is_a_link_candidate_and_constant_lists_have_to_be_wrapped() -> None:
    inputs = {
        "link": ["1", 0],
        "short": ["1"],
        "number": [1, 0],
        "text": ["1", "0"],
        "wrapped": {"__value__": ["1", 0]},
    }
    call = parse_prompt({"2": {"class_type": "A", "inputs": inputs}}).calls["2"]
    assert call.inputs == {
        "link": Link("1", 0),
        "short": BadLink(["1"]),
        "number": BadLink([1, 0]),
        "text": BadLink(["1", "0"]),
        "wrapped": ["1", 0],
    }


def test_every_malformed_node_is_named_at_once() -> None:
    data = {
        "1": {"inputs": {}},
        "2": {"class_type": "A"},
        "3": "node",
        "4": {"class_type": 7, "inputs": {}},
        "5": {"class_type": "A", "inputs": []},
        "6": {"class_type": "A", "inputs": {}},
    }
    assert refuse(data) == [
        "Node 1 has no class_type. Say which node type it is.",
        'There are no inputs in node 2 (A). Write "inputs": {} if it takes none.',
        "Node 3 has to be an object with class_type and inputs, not text.",
        "The class_type of node 4 is a number; it has to be text.",
        "The inputs of node 5 (A) are a list; they have to be an object.",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "A prompt is a JSON object of nodes by id; this is null."),
        ([], "A prompt is a JSON object of nodes by id; this is a list."),
        ("{}", "A prompt is a JSON object of nodes by id; this is text."),
        ({"nodes": [], "links": []}, "This is a workflow as the editor saves it, not a prompt. Export it for the API."),
    ],
)
def test_what_is_no_prompt_is_refused_with_what_it_is(data: Any, message: str) -> None:
    assert refuse(data) == [message]


def test_a_constant_nested_without_end_is_refused_and_does_not_break_the_engine() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    message = "value of node 1 (A) is nested more than 64 levels deep."
    assert refuse({"1": {"class_type": "A", "inputs": {"value": {"__value__": deep}}}}) == [message]


def test_sources_are_named_once_in_the_order_of_the_inputs() -> None:
    graph = parse_prompt({"c": {"class_type": "A", "inputs": {"x": ["b", 0], "y": ["a", 1], "z": ["b", 2]}}})
    assert graph.sources == {"c": ("b", "a")}
