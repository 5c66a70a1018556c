from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from diffusion.adapters.changes import rotated
from diffusion.adapters.lora import apply, read_lora
from diffusion.checkpoint.load import load_checkpoint
from diffusion.memory import Patched, open_memory
from tests.training.small import small_networks
from training.changes import LayerChange
from training.learner import Optimiser, Pace
from training.lora import LoraAsk, attached, lora_weights, make_changes, train_lora
from training.networks import Networks, copy_networks, encode_ids, token_ids


def inputs(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(2, 4, 8, 8, generator=generator),
        torch.tensor([10, 900]),
        torch.randn(2, 77, 32, generator=generator),
    )


def test_a_lora_leaves_no_trace_when_it_is_detached(tmp_path: Path) -> None:
    unet = small_networks(tmp_path).unet
    x, timesteps, tokens = inputs()
    with torch.no_grad():
        before = unet(x, timesteps, encoder_hidden_states=tokens, return_dict=False)[0]
        with attached(unet, make_changes(unet, LoraAsk())):
            pass
        after = unet(x, timesteps, encoder_hidden_states=tokens, return_dict=False)[0]
    assert torch.equal(before, after)
    assert not any(module._forward_hooks for module in unet.modules())


def shaken(unet: nn.Module, ask: LoraAsk) -> dict[str, LayerChange]:
    """Changes as after some training: no number is what it began as."""
    changes = make_changes(unet, ask)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for change in changes.values():
            for number in change.parameters():
                number.add_(torch.randn(number.shape, generator=generator) * 0.1)
    return changes


ASKS = {
    "linear layers": LoraAsk(rank=2, alpha=1.0),
    "convolutions": LoraAsk(rank=2, alpha=1.0, convolutions=True),
    "loha": LoraAsk(rank=2, alpha=1.0, convolutions=True, algorithm="loha"),
    "lokr": LoraAsk(rank=1, alpha=0.5, convolutions=True, algorithm="lokr"),
    "lokr, whole": LoraAsk(rank=8, convolutions=True, algorithm="lokr"),
    "oft": LoraAsk(rank=4, convolutions=True, algorithm="oft"),
}


@pytest.mark.parametrize("kind", ASKS)
def test_the_file_does_in_the_loader_what_the_changes_did_in_training_and_leaves_no_trace(
    tmp_path: Path, kind: str
) -> None:
    networks = small_networks(tmp_path)
    changes = shaken(networks.unet, ASKS[kind])
    x, timesteps, tokens = inputs()
    with torch.no_grad():
        plain = networks.unet(x, timesteps, encoder_hidden_states=tokens, return_dict=False)[0]
        with attached(networks.unet, changes):
            trained = networks.unet(x, timesteps, encoder_hidden_states=tokens, return_dict=False)[0]
    assert not torch.allclose(trained, plain, atol=1e-2)
    save_file(lora_weights(changes), tmp_path / "lora.safetensors")

    memory = open_memory(torch.device("cpu"), force_fp32=True)
    loaded = load_checkpoint(tmp_path / "small.safetensors", memory)
    model, _ = apply(loaded.model, None, read_lora(tmp_path / "lora.safetensors"), 1.0, 0.0)
    with memory.use(model.network) as (network,):
        before = {name: value.clone() for name, value in network.named_parameters()}
    with torch.no_grad(), memory.use(Patched(model.network, model.adapters)) as (network,):
        painted = network(x, timesteps, encoder_hidden_states=tokens, return_dict=False)[0]
    assert torch.allclose(painted, trained, atol=1e-3)
    with memory.use(model.network) as (network,):
        assert all(torch.equal(value, before[name]) for name, value in network.named_parameters())


@pytest.mark.parametrize("kind", ASKS)
def test_every_kind_begins_as_nothing_and_learns(tmp_path: Path, kind: str) -> None:
    networks = small_networks(tmp_path)
    x, timesteps, tokens = inputs()
    with torch.no_grad():
        plain = networks.unet(x, timesteps, encoder_hidden_states=tokens, return_dict=False)[0]
        with attached(networks.unet, make_changes(networks.unet, ASKS[kind])):
            begun = networks.unet(x, timesteps, encoder_hidden_states=tokens, return_dict=False)[0]
    assert torch.allclose(begun, plain, atol=1e-6)
    losses: list[float] = []
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1)).repeat(8, 1, 1, 1)
    train_lora(
        networks, latents, torch.randn(1, 77, 32).repeat(8, 1, 1), tmp_path / "run",
        Pace(total=8 * 12, lr=2e-2, warm_up=0, weight_decay=0.0), replace(ASKS[kind], batch=8),
        on_step=lambda _done, _total, loss: losses.append(loss),
    )  # fmt: skip
    assert sum(losses[-3:]) < 0.95 * sum(losses[:3])


def test_a_rotation_keeps_the_lengths_and_angles_of_the_rows_of_a_group() -> None:
    weight = torch.randn(8, 5, generator=torch.Generator().manual_seed(0))
    blocks = torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(1))
    turned = rotated(weight, blocks)
    assert not torch.allclose(turned, weight, atol=0.1)
    for rows in (slice(0, 4), slice(4, 8)):
        assert torch.allclose(turned[rows].T @ turned[rows], weight[rows].T @ weight[rows], atol=1e-4)


def train_small(folder: Path, networks: Networks, ask: LoraAsk, pace: Pace) -> dict[str, torch.Tensor]:
    latents = torch.randn(4, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    tokens = torch.randn(4, 77, 32, generator=torch.Generator().manual_seed(2))
    return train_lora(networks, latents, tokens, folder, pace, ask)


def test_checkpointing_trains_the_same_lora(tmp_path: Path) -> None:
    pace = Pace(total=12, warm_up=0)
    plain, frugal = (
        train_small(tmp_path / str(wanted), small_networks(tmp_path), LoraAsk(batch=4, checkpointing=wanted), pace)
        for wanted in (False, True)
    )
    assert plain.keys() == frugal.keys()
    assert all(torch.allclose(value, frugal[name], atol=1e-5) for name, value in plain.items())


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "sgd", "rmsprop"])
def test_every_optimiser_moves_the_lora(tmp_path: Path, optimiser: Optimiser) -> None:
    pace = Pace(total=8, warm_up=0, optimiser=optimiser)
    lora = train_small(tmp_path / "run", small_networks(tmp_path), LoraAsk(batch=4), pace)
    assert all(bool(value.abs().max() > 0) for name, value in lora.items() if name.endswith("lora_up.weight"))


def test_copied_networks_are_the_files_even_while_a_lora_lies_over_them(tmp_path: Path) -> None:
    own = small_networks(tmp_path)
    lora = train_small(tmp_path / "run", small_networks(tmp_path), LoraAsk(batch=4), Pace(total=8, warm_up=0))
    save_file(lora, tmp_path / "lora.safetensors")
    memory = open_memory(torch.device("cpu"))
    loaded = load_checkpoint(tmp_path / "small.safetensors", memory)
    assert loaded.clip is not None
    assert loaded.vae is not None
    model, _ = apply(loaded.model, None, read_lora(tmp_path / "lora.safetensors"), 1.0, 0.0)
    with memory.use(Patched(model.network, model.adapters)):
        copied = copy_networks(model, loaded.clip, loaded.vae)
    weights = dict(own.unet.named_parameters())
    assert all(torch.equal(value, weights[name]) for name, value in copied.unet.named_parameters())


def test_training_changes_only_the_lora_and_lowers_the_loss(tmp_path: Path) -> None:
    networks = small_networks(tmp_path)
    weights = {name: value.detach().clone() for name, value in networks.unet.named_parameters()}
    losses: list[float] = []
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1)).repeat(8, 1, 1, 1)
    tokens = encode_ids(networks.text, token_ids(["a cat"] * 8, networks.tokenizer), networks.tokenizer, torch.float32)
    lora = train_lora(
        networks,
        latents,
        tokens.detach(),
        tmp_path / "run",
        Pace(total=8 * 40, lr=1e-2, warm_up=0, weight_decay=0.0),
        LoraAsk(batch=8),
        on_step=lambda _done, _total, loss: losses.append(loss),
    )
    assert sum(losses[-10:]) < 0.9 * sum(losses[:10])
    assert all(torch.equal(value, weights[name]) for name, value in networks.unet.named_parameters())
    assert {name.rpartition("lora_unet_")[2].split(".", 1)[1] for name in lora} == {
        "lora_up.weight",
        "lora_down.weight",
        "alpha",
    }
