"""What ``run`` and ``convert`` find in a file."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from files.errors import FileProblem
from tests.graph.workflow.drawing import CATALOG
from worker.source import Source, open_source

PROMPT = {"1": {"class_type": "Text", "inputs": {"text": "x"}}}
WORKFLOW = {"nodes": [{"id": 1, "type": "Text", "widgets_values": ["{a|b}"]}], "links": []}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (PROMPT, Source(PROMPT)),
        (WORKFLOW, Source(WORKFLOW, WORKFLOW)),
        ({"prompt": PROMPT}, Source(PROMPT)),
        ({"prompt": WORKFLOW}, Source(WORKFLOW, WORKFLOW)),
        ({"workflow": WORKFLOW}, Source(WORKFLOW, WORKFLOW)),
        ({"prompt": PROMPT, "workflow": WORKFLOW}, Source(PROMPT, WORKFLOW)),
        ({"prompt": PROMPT, "extra_data": {"extra_pnginfo": {"workflow": WORKFLOW}}}, Source(PROMPT, WORKFLOW)),
    ],
)
def test_what_clients_send_is_understood_too(tmp_path: Path, data: Any, found: Source) -> None:
    (tmp_path / "x.json").write_text("\ufeff \n" + json.dumps(data), encoding="utf-8")
    assert open_source(tmp_path / "x.json") == found


def test_a_seed_decides_the_choices_in_a_prompt() -> None:
    texts = [Source(WORKFLOW).read(CATALOG, Random(n)).calls["1"].inputs["text"] for n in (0, 0, *range(20))]
    assert texts[0] == texts[1]
    assert set(texts) == {"a", "b"}


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="Is a directory"):
        open_source(tmp_path)
