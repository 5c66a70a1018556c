"""What a process needs to run graphs, built from the options."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
import torch

from graph.cache import LruCache, MemoryCache, NoCache
from jobs.messages import Stats, read_from_worker
from jobs.options import Options
from jobs.wire import pack
from worker.headroom import RoomyCache
from worker.loading import build_house, open_cache
from worker.sizes import size_of

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_built_in_nodes_come_with_a_memory_and_their_device_can_be_told(tmp_path: Path) -> None:
    house = build_house(Options(base_directory=tmp_path, cpu=True))
    assert {"KSampler", "CheckpointLoaderSimple", "SaveImage"} <= set(house.nodes)
    assert house.failures == {}
    told = read_from_worker(pack(house.stats())[8:])
    assert isinstance(told, Stats)
    assert (told.devices[0].type, told.torch_version.split(".")[0]) == ("cpu", "2")
    assert told.devices[0].vram_total > told.devices[0].vram_free > 0


def test_a_pack_that_cannot_be_loaded_is_named_and_stops_nothing(tmp_path: Path) -> None:
    packs = tmp_path / "custom_nodes"
    packs.mkdir()
    (packs / "broken.py").write_text("import no_such_module")
    (packs / "good.py").write_text(
        "class Twice:\n"
        "    INPUT_TYPES = classmethod(lambda cls: {'required': {'x': ('INT', {'default': 1})}})\n"
        "    RETURN_TYPES, FUNCTION = ('INT',), 'run'\n"
        "    def run(self, x): return (2 * x,)\n"
        "NODE_CLASS_MAPPINGS = {'Twice': Twice, 'KSampler': Twice}\n"
    )
    house = build_house(Options(base_directory=tmp_path, cpu=True))
    assert "no_such_module" in house.failures["broken"]
    assert house.catalog["Twice"].module == "custom_nodes.good"
    assert house.catalog["KSampler"].module != "custom_nodes.good"
    bare = build_house(Options(base_directory=tmp_path, cpu=True, disable_all_custom_nodes=True))
    assert "Twice" not in bare.nodes


def test_packs_on_the_whitelist_load_where_all_others_do_not(tmp_path: Path) -> None:
    packs = tmp_path / "custom_nodes"
    packs.mkdir()
    for name in ("a", "b"):
        (packs / f"{name}.py").write_text(
            "class One:\n"
            "    INPUT_TYPES = classmethod(lambda cls: {'required': {}})\n"
            "    RETURN_TYPES, FUNCTION = (), 'run'\n"
            "    def run(self): return ()\n"
            f"NODE_CLASS_MAPPINGS = {{'One{name}': One}}\n"
        )
    options = Options(base_directory=tmp_path, cpu=True, disable_all_custom_nodes=True, whitelist_custom_nodes=("b",))
    assert {"Onea", "Oneb"} & set(build_house(options).nodes) == {"Oneb"}


def test_prestartup_scripts_run_before_torch_is_loaded_and_know_their_folders(tmp_path: Path) -> None:
    pack = tmp_path / "custom_nodes" / "early"
    pack.mkdir(parents=True)
    (pack / "prestartup_script.py").write_text(
        "import sys, folder_paths\n"
        "folder_paths.add_model_folder_path('early_models', '/somewhere')\n"
        "print('torch' in sys.modules, folder_paths.base_path)\n"
    )
    (pack / "__init__.py").write_text(
        "import folder_paths\nprint(folder_paths.get_folder_paths('early_models'))\nNODE_CLASS_MAPPINGS = {}\n"
    )
    code = (
        "from pathlib import Path; from worker.loading import build_house; from jobs.options import Options;"
        f"house = build_house(Options(base_directory=Path({str(tmp_path)!r}), cpu=True)); print(house.failures)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"False {tmp_path}", "['/somewhere']", "{}"]


def test_nodes_without_torch_load_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from worker.loading import build_house; from jobs.options import Options;"
        f"build_house(Options(base_directory=Path({str(tmp_path)!r}), nodes='tests.worker.tiny_nodes'));"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (Options(), MemoryCache),
        (Options(cache_lru=3), LruCache),
        (Options(cache_lru=0), MemoryCache),
        (Options(cache_none=True), NoCache),
        (Options(cache_ram=2.0), RoomyCache),
    ],
)
def test_the_cache_is_the_one_asked_for(options: Options, kind: type) -> None:
    assert type(open_cache(options)) is kind


def test_torch_sees_only_the_gpus_that_were_chosen(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from worker.loading import build_house;"
        "from jobs.options import read_worker_options; assert 'torch' not in sys.modules;"
        f"build_house(read_worker_options(['--base-directory', {str(tmp_path)!r}, '--cuda-device', '0,2']));"
        "import torch; print(os.environ['CUDA_VISIBLE_DEVICES'], torch.cuda.device_count())"
    )
    environment = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True, env=environment
    )
    seen, count = done.stdout.split()
    assert seen == "0,2"
    assert int(count) <= 2


def test_sizes_count_what_a_value_holds_on_to_once() -> None:
    picture = torch.zeros(1, 64, 64, 3)
    assert 49_152 <= size_of(picture) < 50_000
    assert size_of([picture, {"again": picture}]) < 50_000
    assert size_of(numpy.zeros(1000)) >= 8000
    assert 0 < size_of("text") < 500
    assert size_of(None) > 0


def test_a_worker_that_has_warmed_up_has_what_networks_are_built_from(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from jobs.options import Options; "
        "from worker.loading import build_house; "
        f"house = build_house(Options(base_directory=Path({str(tmp_path)!r}), cpu=True)); "
        "before = 'diffusers.models.autoencoders.autoencoder_kl' in sys.modules; house.warm(); "
        "print(before, 'diffusers.models.autoencoders.autoencoder_kl' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=100)
    assert done.stdout.split() == ["False", "True"], done.stderr
