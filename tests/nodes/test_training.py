from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from diffusion.adapters.lora import read_lora
from diffusion.checkpoint.load import load_checkpoint
from diffusion.memory import Memory, open_memory
from diffusion.model import Model
from diffusion.values import Cond, Conditioning, Latent
from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.errors import Cancelled, UserError
from graph.events import CallProgress
from graph.run import Run
from nodes.training import load_lora_model, plot_losses, save_lora, train_lora_node
from nodes.training_data import load_training_data, save_training_data, sort_by_size
from tests.diffusion.tiny import write_sd1_checkpoint
from training.errors import TrainingError


class Place:
    """A model, two pictures of different size with their captions, and a run that can be stopped after some steps."""

    def __init__(self, folder: Path) -> None:
        torch.manual_seed(0)
        self.folders = Folders(folder)
        self.memory: Memory = open_memory(torch.device("cpu"))
        path = write_sd1_checkpoint(folder / "small.safetensors", metadata={"prediction": "v"})
        self.model: Model = load_checkpoint(path, self.memory).model
        self.latents = [Latent(torch.randn(1, 4, 8, 8)), Latent(torch.randn(1, 4, 8, 16))]
        self.conds: list[Conditioning] = [(Cond(torch.randn(1, 77, 32)),), (Cond(torch.randn(1, 77, 32)),)]
        self.seen: list[CallProgress] = []

    def train(self, stop_after: int = 1000, **changes: Any) -> Any:
        run = Run("run", emit=lambda event: self.hear(event, run, stop_after))
        asked = {"steps": [4], "rank": [2], "training_dtype": ["fp32"], "lora_dtype": ["fp32"], **changes}
        with torch.inference_mode():
            return train_lora_node(
                model=[self.model], latents=self.latents, positive=self.conds,
                memory=self.memory, folders=self.folders, run=run, **asked,
            )  # fmt: skip

    def hear(self, event: Any, run: Run, stop_after: int) -> None:
        self.seen.append(event)
        if len(self.seen) >= stop_after:
            run.cancel()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_lora_trains_where_nodes_run_and_changes_the_model(place: Place) -> None:
    trained = place.train(batch_size=[2], grad_accumulation_steps=[2])
    assert trained.steps == 4
    assert len(trained.loss_map["loss"]) == 4
    assert [event.done / event.total for event in place.seen] == [0.25, 0.5, 0.75, 1.0]
    assert place.seen[-1].preview().size == (640, 360)
    assert all(bool(v.abs().max() > 0) for k, v in trained.lora.items() if k.endswith("lora_up.weight"))
    assert len(trained.model.adapters) == 1
    assert len(load_lora_model(model=place.model, lora=trained.lora).adapters) == 1


def test_a_cancelled_training_goes_on_where_it_was(place: Place) -> None:
    with pytest.raises(Cancelled):
        place.train(stop_after=2)
    before = len(place.seen)
    trained = place.train()
    assert len(trained.loss_map["loss"]) == 4
    assert len(place.seen) - before < 4
    assert not list((place.folders.user / "training").iterdir())


@pytest.mark.parametrize("loss", ["L1", "Huber", "SmoothL1"])
def test_every_loss_and_bucketed_batches_train(place: Place, loss: str) -> None:
    found = sort_by_size(latents=place.latents * 2, conditioning=place.conds * 2)
    assert [len(latent.samples) for latent in found.latents] == [2, 2]
    place.latents, place.conds = found.latents, found.conditioning
    trained = place.train(loss_function=[loss], bucket_mode=[True], batch_size=[2], training_dtype=["bf16"])
    assert all(value == value for value in trained.loss_map["loss"])


def test_a_saved_lora_is_listed_and_goes_on(place: Place) -> None:
    trained = place.train()
    saver = Saver(place.folders)
    save_lora(lora=trained.lora, prefix="loras/mine", steps=trained.steps, saver=saver)
    assert "mine_4_steps_00001_.safetensors" in place.folders.names("loras")
    path = place.folders.find("loras", "mine_4_steps_00001_.safetensors")
    assert len(read_lora(path).changes) * 3 == len(trained.lora)
    more = place.train(existing_lora=[path.name], steps=[1], learning_rate=[1e-7])
    assert more.steps == 5
    assert all(torch.allclose(more.lora[name], value, atol=1e-4) for name, value in trained.lora.items())
    with pytest.raises(UserError, match="Set rank to 2"):
        place.train(existing_lora=[path.name], rank=[4])


@pytest.mark.parametrize("algorithm", ["LoHa", "LoKr", "OFT"])
def test_every_algorithm_trains_is_saved_laid_over_and_gone_on_from(place: Place, algorithm: str) -> None:
    trained = place.train(algorithm=[algorithm], learning_rate=[0.01])
    assert len(trained.model.adapters) == 1
    save_lora(lora=trained.lora, prefix="loras/mine", steps=trained.steps, saver=Saver(place.folders))
    path = place.folders.find("loras", "mine_4_steps_00001_.safetensors")
    assert len(trained.model.adapters[0].parameters()) == len(read_lora(path).changes)
    more = place.train(algorithm=[algorithm], existing_lora=[path.name], steps=[1], learning_rate=[1e-7])
    assert all(torch.allclose(more.lora[name], value, atol=1e-4) for name, value in trained.lora.items())
    with pytest.raises(UserError, match="another algorithm, of another rank"):
        place.train(existing_lora=[path.name])


def test_the_loss_graph_is_a_picture(place: Place) -> None:
    shown = plot_losses(loss={"loss": [1.0, 0.5, 0.4]}, saver=Saver(place.folders)).ui
    assert shown is not None
    assert (place.folders.temp / shown["images"][0]["filename"]).stat().st_size > 1000


def test_a_saved_data_set_is_read_as_it_was(place: Place) -> None:
    for shard_size in (1, 2):
        save_training_data(
            latents=place.latents, conditioning=place.conds, folder_name=["set"], shard_size=[shard_size],
            folders=place.folders,
        )  # fmt: skip
    found = load_training_data(folder_name="set", folders=place.folders)
    assert [latent.samples.shape for latent in found.latents] == [latent.samples.shape for latent in place.latents]
    assert all(torch.equal(a[0].tokens, b[0].tokens) for a, b in zip(found.conditioning, place.conds, strict=True))


def test_what_cannot_be_read_or_matched_is_said(place: Place) -> None:
    with pytest.raises(TrainingError, match="no training data"):
        load_training_data(folder_name="none", folders=place.folders)
    with pytest.raises(FileProblem, match="empty"):
        load_training_data(folder_name=" ", folders=place.folders)
    (place.folders.output / "bad").mkdir(parents=True)
    (place.folders.output / "bad" / "shard_0000.safetensors").write_bytes(b"nothing")
    with pytest.raises(TrainingError, match="cannot be read"):
        load_training_data(folder_name="bad", folders=place.folders)
    with pytest.raises(UserError, match="2 latents and 3"):
        sort_by_size(latents=place.latents, conditioning=[*place.conds, place.conds[0]])
