"""The modules that node packs import."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import torch

import nodes
from files.folders import Folders
from files.save import Saver
from graph.cache import NoCache
from graph.errors import Cancelled
from graph.events import Interrupted
from graph.node import node, node_of, nodes_of
from graph.run import Run, current_call, current_run
from graph.spec import Choice, Text
from jobs.choices import FileChoices
from jobs.options import Options
from nodes import image, mask, numbers
from nodes.pack_files import find_packs, run_prestartup
from nodes.packs import load_pack, load_packs
from nodes.v1 import read_spec
from tests.nodes.field_bench import FieldBench, a_class
from worker.shims.built_in import Classes, make_class
from worker.shims.modules import install
from worker.shims.placeholder import NeedsModelInternals, Placeholder, PlaceholderFinder

BUILT_IN = {node.spec.name: node for module in (image, mask, numbers) for node in nodes_of(module)}
ROOTS = ("comfy", "comfy_api", "comfy_execution", "comfy_extras", "folder_paths", "server", "execution",
         "node_helpers", "comfyui_version", "latent_preview", "custom_nodes")  # fmt: skip


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    """A base directory whose stand-ins are importable, and are gone afterwards."""
    before, package = dict(sys.modules), dict(vars(nodes))
    install(Folders(tmp_path), BUILT_IN, Options(cpu=True))
    yield tmp_path
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, PlaceholderFinder)]
    for name in [name for name in sys.modules if name.split(".")[0] in ROOTS and name not in before]:
        del sys.modules[name]
    for name in [name for name in vars(nodes) if name not in package]:
        delattr(nodes, name)


def module(name: str) -> Any:
    return importlib.import_module(name)


def in_a_run(base: Path, work: Callable[[], Any]) -> Any:
    """What ``work`` gives when a node does it."""
    saver = Saver(Folders(base))
    run = Run("r", emit=lambda event: None, services={Saver: saver, Folders: saver.folders})
    token, call = current_run.set(run), current_call.set("1")
    try:
        return work()
    finally:
        current_run.reset(token)
        current_call.reset(call)


def test_what_classes_need_to_be_declared_is_there(base: Path) -> None:
    assert module("nodes").MAX_RESOLUTION == 16384
    assert module("comfy_api.latest").io.Schema is module("comfy_api.v0_0_2").io.Schema
    assert module("comfy.comfy_types").IO.NUMBER == "FLOAT,INT"
    assert module("comfy.comfy_types.node_typing").ComfyNodeABC
    assert "euler" in module("comfy.samplers").KSampler.SAMPLERS
    assert module("comfy_execution.graph").ExecutionBlocker is module("comfy_execution.graph_utils").ExecutionBlocker
    assert module("comfy.cli_args").args.cpu is True
    assert module("comfy.cli_args").args.something_of_the_field is None
    assert module("comfy.model_management").get_torch_device() == torch.device("cpu")
    assert module("server").PromptServer.instance.client_id is None


def test_model_internals_can_be_imported_derived_from_and_patched_and_fail_on_use_with_a_sentence(base: Path) -> None:
    patcher, samplers = module("comfy.model_patcher"), module("comfy.samplers")

    class Mine(patcher.ModelPatcher):  # type: ignore[misc,name-defined]  # that it can be done is what is tested
        def __init__(self, size: Any = patcher.SIZE) -> None:
            self.size = size

    @patcher.decorate  # type: ignore[untyped-decorator]  # a placeholder
    def decorated() -> int:
        return 1

    samplers.CFGGuider.sample = decorated
    samplers.TABLE["x"] = 1
    assert (decorated(), isinstance(3, patcher.ModelPatcher), list(samplers.TABLE)) == (1, False, [])
    with pytest.raises(NeedsModelInternals, match=r"This node needs comfy\.model_patcher\.ModelPatcher, a part of"):
        patcher.ModelPatcher(1, 2)
    with pytest.raises(NeedsModelInternals):
        Mine()


def test_what_is_not_there_is_not_there_for_those_who_look_whether_it_is(base: Path) -> None:
    comfy, samplers = module("comfy"), module("comfy.samplers")
    assert (hasattr(comfy, "multigpu"), hasattr(samplers, "something_new")) == (False, False)
    assert getattr(samplers, "something_new", None) is None
    with pytest.raises(ModuleNotFoundError):
        module("comfy.multigpu")
    assert isinstance(samplers.CFGGuider, Placeholder)


def test_what_packs_wrap_in_the_module_of_previews_is_found_by_its_name(base: Path) -> None:
    previews = module("latent_preview")
    assert isinstance(getattr(previews, "get_previewer"), Placeholder)  # noqa: B009  as packs that wrap it write it
    assert hasattr(previews, "something_new") is False


def test_a_module_below_comfy_is_there_without_an_import_of_its_own(base: Path) -> None:
    comfy = module("comfy")
    assert hasattr(comfy, "gligen") is False
    assert isinstance(comfy.gligen.Gligen, Placeholder)


def test_a_star_import_takes_nothing_from_a_module_that_is_not_there(base: Path) -> None:
    names: dict[str, Any] = {}
    exec("from comfy.ldm.modules.attention import *", names)
    assert list(names) == ["__builtins__"]


def test_paths_are_those_of_the_folders(base: Path) -> None:
    paths = module("folder_paths")
    (base / "models" / "upscale_models" / "deep").mkdir(parents=True)
    (base / "models" / "upscale_models" / "deep" / "x.safetensors").write_bytes(b"")
    (base / "models" / "upscale_models" / "x.txt").write_bytes(b"")
    assert (paths.base_path, paths.get_input_directory()) == (str(base), str(base / "input"))
    assert paths.get_filename_list("upscale_models") == ["deep/x.safetensors"]
    assert paths.get_full_path("upscale_models", "deep/x.safetensors") == str(
        base / "models/upscale_models/deep/x.safetensors"
    )
    assert paths.get_full_path("upscale_models", "nothing") is None
    with pytest.raises(FileNotFoundError, match="There is no file 'nothing' in upscale_models"):
        paths.get_full_path_or_raise("upscale_models", "nothing")
    assert Path(paths.__file__).parent == base


def test_a_kind_of_a_packs_own_is_listed_from_where_the_pack_says(base: Path) -> None:
    paths = module("folder_paths")
    (base / "own").mkdir()
    (base / "own" / "a.bin").write_bytes(b"")
    paths.add_model_folder_path("own", str(base / "own"))
    assert (paths.get_filename_list("own"), paths.get_folder_paths("own")) == (["a.bin"], [str(base / "own")])


def test_saving_finds_the_next_number_and_stays_below_its_folder(base: Path) -> None:
    paths = module("folder_paths")
    (base / "output" / "sub").mkdir(parents=True)
    (base / "output" / "sub" / "me_00007_.png").write_bytes(b"")
    found = paths.get_save_image_path("sub/me", paths.get_output_directory(), 4, 4)
    assert found == (str(base / "output" / "sub"), "me", 8, "sub", "sub/me")
    with pytest.raises(Exception, match="not a name inside its folder"):
        paths.get_save_image_path("../../me", paths.get_output_directory())


def test_a_list_of_files_that_a_pack_asked_for_is_listed_anew(base: Path) -> None:
    paths = module("folder_paths")
    names = ["None"] + paths.get_filename_list("upscale_models")  # noqa: RUF005  as packs write it
    own = a_class({"required": {"name": (names,)}}, lambda name: (name,))
    choice = read_spec("Own", own).inputs[0].kind
    (base / "models" / "upscale_models").mkdir(parents=True, exist_ok=True)
    (base / "models" / "upscale_models" / "new.safetensors").write_bytes(b"")
    listed = FileChoices(Folders(base))(choice)  # type: ignore[arg-type]  # a Choice, as the class says
    assert list(listed or ()) == ["None", "new.safetensors"]


def test_what_a_pack_puts_into_a_list_of_files_and_takes_out_counts(base: Path) -> None:
    paths = module("folder_paths")
    (base / "models" / "upscale_models").mkdir(parents=True, exist_ok=True)
    for name in ("a.safetensors", "b.safetensors"):
        (base / "models" / "upscale_models" / name).write_bytes(b"")
    more, fewer = paths.get_filename_list("upscale_models"), paths.get_filename_list("upscale_models")
    more.insert(0, "None")
    more.append("last")
    fewer.remove("a.safetensors")
    own = a_class({"required": {"more": (more,), "fewer": (["None"] + fewer,)}}, lambda: ())  # noqa: RUF005  as packs write it
    kinds = [item.kind for item in read_spec("Own", own).inputs]
    assert kinds == [Choice(("None", "last"), folder="upscale_models"), Choice(("None", "b.safetensors"))]


def test_a_progress_bar_tells_of_the_call_that_runs(base: Path) -> None:
    def work() -> tuple[int]:
        bar = module("comfy.utils").ProgressBar(4)
        bar.update(1)
        bar.update_absolute(3, 5)
        return (1,)

    result = FieldBench(a_class({"required": {}}, work)).run(o=("Own", {}), s=("Show", {"value": ["o", 0]}))
    assert result.progress == [("o", 1, 4), ("o", 3, 5)]


def test_a_progress_bar_is_where_a_run_can_be_stopped(base: Path) -> None:
    reached: list[int] = []

    def work() -> tuple[int]:
        current_run.get().cancel()
        assert module("comfy.model_management").processing_interrupted()
        try:
            module("comfy.utils").ProgressBar(2).update(1)
        except Exception:  # noqa: BLE001  as careless packs do: it must not catch the stop
            reached.append(1)
        reached.append(2)
        return (1,)

    result = FieldBench(a_class({"required": {}}, work)).run(o=("Own", {}), s=("Show", {"value": ["o", 0]}))
    assert (reached, result.events[-1]) == ([], Interrupted("o", "Own"))
    assert module("comfy.model_management").InterruptProcessingException is Cancelled


def test_ids_of_a_built_graph_are_the_same_in_every_run(base: Path) -> None:
    built: list[list[str]] = []

    def expand(n: int) -> dict[str, Any]:
        builder = module("comfy_execution.graph_utils").GraphBuilder
        other, graph = builder(), builder()
        inner = graph.node("Constant", value=n)
        built.append([other.node("Constant").id, inner.id])
        return {"result": (inner.out(0),), "expand": graph.finalize()}

    bench = FieldBench(a_class({"required": {"n": ("INT", {})}}, expand), cache=NoCache())
    for _ in range(2):
        result = bench.run(m=("Several", {"count": 2}), o=("Own", {"n": ["m", 0]}), s=("Show", {"value": ["o", 0]}))
        assert result.values == {"s": [0, 1]}
    assert built == [["o.0.0.1", "o.0.1.1"], ["o.1.0.1", "o.1.1.1"]] * 2


def test_easels_own_nodes_can_be_called_and_derived_from_as_classes_of_the_field(base: Path) -> None:
    class Loud(nodes.ImageInvert):  # type: ignore[name-defined,misc]  # put there for packs
        pass

    (inverted,) = in_a_run(base, lambda: Loud().invert(torch.zeros(1, 2, 2, 3)))
    saved = in_a_run(base, lambda: nodes.SaveImage().save_images(inverted, "x"))  # type: ignore[attr-defined]  # put there for packs
    assert inverted.unique().tolist() == [1.0]
    assert saved["ui"]["images"][0]["filename"] == "x_00001_.png"
    assert Loud.INPUT_TYPES()["required"]["image"][0] == "IMAGE"


def test_masks_have_the_functions_that_packs_call(base: Path) -> None:
    masks = nodes.NODE_CLASS_MAPPINGS  # type: ignore[attr-defined]  # put there for packs
    (solid,) = in_a_run(base, lambda: masks["SolidMask"]().solid(1, 4, 2))
    (faded,) = in_a_run(base, lambda: masks["FeatherMask"]().feather(solid, 2, 0, 0, 0))
    assert faded.tolist() == [[[0.5, 1.0, 1.0, 1.0]] * 2]


def test_a_class_derived_from_a_loader_offers_the_loaders_files(base: Path) -> None:
    class Own(nodes.LoadImage):  # type: ignore[name-defined,misc]  # put there for packs
        pass

    (base / "input" / "a.png").write_bytes(b"")
    assert "a.png" in Own.INPUT_TYPES()["required"]["image"][0]
    assert read_spec("Own", Own).inputs == BUILT_IN["LoadImage"].spec.inputs


def test_functions_take_their_arguments_in_the_fields_order_where_the_inputs_have_another(base: Path) -> None:
    @node("VAEDecode", category="test")
    def decode(*, samples: Annotated[str, Text()], vae: Annotated[str, Text()]) -> Annotated[str, Text()]:
        return f"{samples} by {vae}"

    assert in_a_run(base, lambda: make_class(node_of(decode))().decode("vae", "samples")) == ("samples by vae",)


def test_a_class_derived_from_save_image_saves_where_it_says(base: Path) -> None:
    class Glance(nodes.SaveImage):  # type: ignore[name-defined,misc]  # put there for packs
        def __init__(self) -> None:
            self.type, self.prefix_append = "temp", "_glance"

    picture = torch.zeros(1, 2, 2, 3)
    saved = in_a_run(base, lambda: Glance().save_images(picture, "x", {"1": {}}, {"workflow": {}}))
    assert saved["ui"] == {"images": [{"filename": "x_glance_00001_.png", "subfolder": "", "type": "temp"}]}
    assert (base / "temp" / "x_glance_00001_.png").exists()
    shown = in_a_run(base, lambda: nodes.PreviewImage().save_images(picture, "y"))  # type: ignore[attr-defined]
    assert shown["ui"]["images"] == [{"filename": "y_00001_.png", "subfolder": "", "type": "temp"}]


def test_the_table_of_classes_has_easels_own_and_what_packs_add(base: Path) -> None:
    table: Classes = nodes.NODE_CLASS_MAPPINGS  # type: ignore[attr-defined]  # put there for packs
    table["Own"] = int
    assert ("ImageInvert" in table, table["Own"], "Nothing" in table, table.get("Nothing")) == (True, int, False, None)
    assert list(table)[-1] == "Own"


V3_PACK = """
from comfy_api.latest import ComfyExtension, io

class Twice(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="Twice", inputs=[io.Int.Input("n")], outputs=[io.Int.Output()])
    @classmethod
    async def execute(cls, n):
        return io.NodeOutput(2 * n)

class Pack(ComfyExtension):
    async def get_node_list(self):
        return [Twice]

async def comfy_entrypoint():
    return Pack()
"""


def test_a_pack_of_the_second_contract_loads_by_its_entry_point(base: Path) -> None:
    (base / "pack").mkdir()
    (base / "pack" / "__init__.py").write_text(V3_PACK)
    (base / "pack" / "web").mkdir()
    (base / "pack" / "pyproject.toml").write_text('[tool.comfy]\nweb = "web"')
    pack = load_pack(base / "pack")
    assert (pack.error, [n.spec.name for n in pack.nodes], pack.web) == ("", ["Twice"], base / "pack" / "web")
    bench = FieldBench()
    bench.nodes |= {n.spec.name: n for n in pack.nodes}
    assert bench.run(t=("Twice", {"n": 4}), s=("Show", {"value": ["t", 0]})).values == {"s": [8]}


def test_prestartup_scripts_run_before_any_pack_and_packs_that_exit_are_reported(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_TEST_EARLY", "")
    first, second = base / "packs" / "a", base / "packs" / "b"
    for folder in (first, second):
        folder.mkdir(parents=True)
    (first / "__init__.py").write_text(
        "import os\nassert os.environ['EASEL_TEST_EARLY'] == 'b'\nNODE_CLASS_MAPPINGS = {}"
    )
    (second / "prestartup_script.py").write_text("import os\nos.environ['EASEL_TEST_EARLY'] = 'b'")
    (second / "__init__.py").write_text("import sys\nsys.exit(3)")
    for path in find_packs([base / "packs"]):
        run_prestartup(path)
    assert [pack.error for pack in load_packs([base / "packs"])] == ["", "b cannot be loaded: SystemExit: 3"]
    assert [pack.name for pack in load_packs([base / "packs"], only=frozenset({"b"}))] == ["b"]
