"""The official workflow templates, more than 600 that people really use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import nodes
from benchmarks.templates import Judged, judge, read_object_info, read_templates
from graph.catalog import Catalog

FIELD = json.loads((Path(__file__).parents[2] / "data" / "node-catalog.json").read_text())
# In this one's subgraph, nothing is linked to the output that the template saves.
BROKEN = {"video_ltx2_i2v_lora"}

pytestmark = pytest.mark.slow


def judge_all(catalog: Catalog) -> list[Judged]:
    judged = [judge(name, document, catalog) for name, document in read_templates()]
    assert len(judged) > 600
    return judged


def strange(judged: list[Judged]) -> dict[str, list[str]]:
    """What keeps a template from running, other than a node type or an option of one that is lacking."""
    found = {
        one.name: [one.refused or "", *(p.message for p in one.problems if p.code != "value_not_in_list")]
        for one in judged
        if one.name not in BROKEN
    }
    return {name: sentences for name, sentences in found.items() if any(sentences)}


def test_every_one_becomes_a_graph_and_lacks_nothing_but_node_types() -> None:
    judged = judge_all(Catalog(node.spec for node in nodes.builtin()))
    assert strange(judged) == {}


def test_nor_do_those_that_need_other_node_types_of_the_field() -> None:
    specs = [*read_object_info(FIELD), *(node.spec for node in nodes.builtin())]
    judged = judge_all(Catalog(specs))
    assert strange(judged) == {}
    assert sum(one.is_valid for one in judged) >= 140
