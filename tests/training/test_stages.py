from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.small import CONCEPTS, small_composer
from training.networks import open_networks
from training.starter.pool import PER_CAPTION, read_pool
from training.starter.recipe import QUICK
from training.starter.stages import Bench, export, grid, latents, unet, vae


def bench_with_sprites(folder: Path) -> Bench:
    np.savez(folder / "sprites.npz", allow_pickle=False, **small_composer().sprites)
    recipe = replace(QUICK, concepts=len(CONCEPTS), shard=16, vae_samples=32, unet_samples=32)
    return Bench(folder, recipe, torch.float32)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench whose U-Net was trained for two steps."""
    bench = bench_with_sprites(tmp_path_factory.mktemp("starter"))
    for stage in (vae, latents, unet):
        stage(bench)
    return bench


def test_the_pool_has_a_caption_for_every_pair_of_latents(trained: Bench) -> None:
    pool = read_pool(trained.pool)
    assert pool.latents.shape == (32, 4, 8, 8)
    assert len(pool.captions) * PER_CAPTION == len(pool)


def test_a_filled_pool_is_left_alone(trained: Bench) -> None:
    before = [path.stat().st_mtime_ns for path in sorted(trained.pool.iterdir())]
    latents(trained)
    assert [path.stat().st_mtime_ns for path in sorted(trained.pool.iterdir())] == before


def test_what_is_exported_is_the_average_and_not_the_last_weights(trained: Bench) -> None:
    export(trained)
    averages = torch.load(trained.unet / "state.pt", weights_only=True)["learner"]["averages"]
    exported = open_networks(trained.checkpoint).unet.state_dict()
    assert all(torch.equal(averages[f"unet.{name}"].half().float(), value) for name, value in exported.items())


def test_a_cooled_run_ends_at_its_goal_and_leaves_the_main_run_alone(trained: Bench) -> None:
    before = (trained.unet / "state.pt").read_bytes()
    unet(replace(trained, cool_down=32))
    cooled = torch.load(trained.work / "unet-cooled" / "state.pt", weights_only=True)["learner"]
    assert cooled["samples"] == 64
    assert cooled["optimiser"]["param_groups"][0]["lr"] == 0
    assert (trained.unet / "state.pt").read_bytes() == before


@pytest.mark.slow
def test_a_grid_is_painted_from_a_saved_state(trained: Bench) -> None:
    grid(trained)
    assert list(trained.unet.glob("grid-*.png"))
