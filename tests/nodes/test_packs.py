from __future__ import annotations

from pathlib import Path

import pytest
import torch

from files.folders import REPOSITORY
from graph.node import Done
from graph.run import Run
from nodes.packs import load_pack, load_packs

RUN = Run("run", emit=lambda event: None)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


TYPED = """
from typing import Annotated
from graph.node import node
from graph.spec import Int

@node("{name}", category="t")
def double(*, n: Annotated[int, Int()] = 1) -> Annotated[int, Int()]:
    '''Twice n.'''
    return 2 * n
"""


def test_the_example_pack_loads_and_both_of_its_nodes_run() -> None:
    pack = load_pack(REPOSITORY / "custom_nodes" / "example_pack")
    assert (pack.error, [n.spec.name for n in pack.nodes]) == ("", ["ExampleTint", "ExampleMix"])
    tint, mix = pack.nodes
    grey = torch.full((1, 2, 2, 3), 0.5)
    tinted = tint.call({"image": grey, "red": 2.0, "green": 1.0, "blue": 0.0}, RUN)
    assert isinstance(tinted, Done)
    assert tinted.outputs[0][0, 0, 0].tolist() == [1.0, 0.5, 0.0]
    mixed = mix.call({"image_1": grey, "image_2": grey * 0, "amount": 0.5}, RUN)
    assert isinstance(mixed, Done)
    assert mixed.outputs[0].unique().tolist() == [0.25]


def test_packs_are_folders_and_files_and_disabled_ones_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / "b.py", TYPED.format(name="B"))
    write(tmp_path / "a/__init__.py", "from .inner import double")
    write(tmp_path / "a/inner.py", TYPED.format(name="A"))
    write(tmp_path / "c.disabled/__init__.py", TYPED.format(name="C"))
    write(tmp_path / "notes.txt", "")
    assert [(p.name, [n.spec.name for n in p.nodes]) for p in load_packs([tmp_path])] == [("a", ["A"]), ("b", ["B"])]


def test_a_broken_pack_is_named_and_the_others_load(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "broken.py", "import a_module_that_is_not_there")
    write(tmp_path / "good.py", TYPED.format(name="Good"))
    broken, good = load_packs([tmp_path])
    assert "broken cannot be loaded: ModuleNotFoundError" in broken.error
    assert [n.spec.name for n in good.nodes] == ["Good"]
    assert "broken" in caplog.text


def test_a_class_whose_inputs_raise_is_left_out_and_named(tmp_path: Path) -> None:
    text = """
class Bad:
    RETURN_TYPES = ()
    FUNCTION = "run"
    @classmethod
    def INPUT_TYPES(cls):
        raise ValueError("no models")
    def run(self): ...
class Good(Bad):
    @classmethod
    def INPUT_TYPES(cls):
        return {}
NODE_CLASS_MAPPINGS = {"Bad": Bad, "Good": Good}
"""
    pack = load_pack(write(tmp_path / "mixed.py", text))
    assert [n.spec.name for n in pack.nodes] == ["Good"]
    assert "Bad cannot be read: ValueError: no models" in pack.error
