"""Content keys: equal work, equal key."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from graph.document import parse_prompt
from graph.keys import content_keys, encode
from graph.order import sources_first
from graph.spec import NodeSpec
from tests.graph.samples import CATALOG, Prompt, prompt


def keys(data: Prompt, specs: Mapping[str, NodeSpec] = CATALOG, **fingerprints: Any) -> dict[str, bytes | None]:
    graph = parse_prompt(data)
    order, _ = sources_first(list(graph.calls), graph.sources)
    return content_keys(graph, specs, order, fingerprints)


def chain(first: int = 1, more: Any = 0, ids: Sequence[str] = "abc") -> Prompt:
    a, b, c = list(ids)
    return prompt(
        **{c: ("Show", {"value": [b, 0]}), b: ("Add", {"a": [a, 0], "more": more}), a: ("Number", {"value": first})}
    )


def test_node_ids_are_not_in_the_key() -> None:
    assert list(keys(chain(ids="abc")).values()) == list(keys(chain(ids="xyz")).values())


def test_a_changed_constant_changes_the_call_and_what_hangs_on_it() -> None:
    before, after = keys(chain(more=0)), keys(chain(more=1))
    assert [call for call in before if before[call] != after[call]] == ["b", "c"]


def test_a_changed_source_changes_all_that_hangs_on_it() -> None:
    before, after = keys(chain(first=1)), keys(chain(first=2))
    assert [call for call in before if before[call] != after[call]] == ["a", "b", "c"]


def test_the_order_of_inputs_does_not_matter() -> None:
    one = {**chain(), "b": {"class_type": "Add", "inputs": {"more": 0, "a": ["a", 0]}}}
    assert keys(one) == keys(chain())


def test_another_slot_of_the_same_source_is_another_key() -> None:
    two = {**chain(), "b": {"class_type": "Add", "inputs": {"a": ["a", 1], "more": 0}}}
    assert keys(two)["b"] != keys(chain())["b"]


def test_a_new_version_of_a_node_type_is_another_key() -> None:
    newer = {**CATALOG, "Number": replace(CATALOG["Number"], version="2")}
    assert keys(chain(), newer)["a"] != keys(chain())["a"]


@pytest.mark.parametrize("mark", [{"not_idempotent": True}, {"hidden": (("me", "UNIQUE_ID"),)}])
def test_the_id_is_in_the_key_of_what_is_not_idempotent_or_knows_its_id(mark: dict[str, Any]) -> None:
    special = {**CATALOG, "Number": replace(CATALOG["Number"], **mark)}
    assert keys(chain(ids="abc"), special)["a"] != keys(chain(ids="xyz"), special)["x"]


def test_a_fingerprint_is_part_of_the_key_and_nan_means_run_every_time_with_all_that_hangs_on_it() -> None:
    assert keys(chain(), b="v1")["b"] != keys(chain(), b="v2")["b"]
    found = keys(chain(), b=math.nan)
    assert (found["a"] is not None, found["b"], found["c"]) == (True, None, None)


def test_a_constant_that_cannot_be_written_down_has_no_key() -> None:
    assert keys(chain(more=object()))["b"] is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0, None),
        ("1", 1),
        ("", None),
        ([1, [2]], [1, 2]),
        (["a,b"], ["a", "b"]),
        ({"a": 1}, {"a": "1"}),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
        ([], {}),
        ([1], (1,)),
        ("x'", 'x"'),
        (0.1 + 0.2, 0.3),
    ],
)
def test_different_constants_are_written_differently(one: Any, other: Any) -> None:
    assert encode(one) != encode(other)


def test_equal_constants_are_written_alike_and_odd_text_can_be_written() -> None:
    assert encode({"a": 1, "b": [2.5]}) == encode({"b": [2.5], "a": 1})
    assert keys(chain(more="\ud800"))["b"] is not None


@pytest.mark.parametrize("value", [math.nan, [math.nan], {"a": [math.nan]}, {1, 2}, object()])
def test_what_equals_nothing_cannot_be_written(value: Any) -> None:
    assert encode(value) is None
