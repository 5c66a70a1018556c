from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from diffusion.checkpoint.load import load_checkpoint, load_vae
from diffusion.checkpoint.weights_file import open_weights
from diffusion.errors import BadFile
from diffusion.memory import Memory, Precision
from tests.diffusion.tiny import Widths, write_sd1_checkpoint

STARTER = Path(__file__).parents[3] / "models" / "starter" / "checkpoints" / "easel-starter.safetensors"


@pytest.fixture
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_sd1_checkpoint(tmp_path / "tiny.safetensors")


def test_a_checkpoint_gives_a_model_a_text_encoder_and_a_vae(path: Path, memory: Memory) -> None:
    checkpoint = load_checkpoint(path, memory)

    assert checkpoint.clip is not None
    assert checkpoint.vae is not None
    assert checkpoint.model.vae is checkpoint.vae
    assert [checkpoint.model.family.name, checkpoint.clip.tokenizer.rows, checkpoint.vae.downscale] == ["sd1", 814, 8]


def test_the_starter_model_is_read_with_what_its_metadata_says(memory: Memory) -> None:
    checkpoint = load_checkpoint(STARTER, memory)
    clip, vae, family = checkpoint.clip, checkpoint.vae, checkpoint.model.family

    assert clip is not None
    assert vae is not None
    assert (family.prediction, family.latent.scale_factor, clip.tokenizer.end, vae.config.norm_groups) == (
        "v",
        0.18215,
        6143,
        4,
    )


def test_weights_are_views_of_the_mapped_file(path: Path, memory: Memory) -> None:
    checkpoint = load_checkpoint(path, memory)

    storages = {weight.untyped_storage().data_ptr() for weight in checkpoint.model.network.weights.values()}

    assert len(storages) == 1
    assert next(iter(checkpoint.model.network.weights.values())).untyped_storage().nbytes() == path.stat().st_size


def test_every_weight_is_the_files_own(path: Path, memory: Memory) -> None:
    in_file = load_file(path)
    weights = load_checkpoint(path, memory).model.network.weights

    assert torch.equal(weights["conv_in.weight"], in_file["model.diffusion_model.input_blocks.0.0.weight"])
    assert sum(w.numel() for w in weights.values()) == sum(
        w.numel() for name, w in in_file.items() if name.startswith("model.")
    )


def test_a_file_that_is_loaded_already_is_not_loaded_again(path: Path, memory: Memory) -> None:
    first = load_checkpoint(path, memory)

    assert load_checkpoint(path, memory).model.network is first.model.network


def test_a_file_that_changed_is_loaded_anew(path: Path, memory: Memory, tmp_path: Path) -> None:
    first = load_checkpoint(path, memory)
    write_sd1_checkpoint(tmp_path / "other", seed=1, metadata={"note": "longer"}).replace(path)

    assert load_checkpoint(path, memory).model.network is not first.model.network


def test_a_denoiser_alone_comes_without_text_encoder_and_vae(tmp_path: Path, memory: Memory) -> None:
    checkpoint = load_checkpoint(write_sd1_checkpoint(tmp_path / "unet.safetensors", parts=["unet"]), memory)

    assert (checkpoint.clip, checkpoint.vae) == (None, None)


def test_a_vae_is_read_from_a_file_of_its_own(tmp_path: Path, memory: Memory) -> None:
    weights = load_file(write_sd1_checkpoint(tmp_path / "whole", parts=["vae"]))
    bare = {name.removeprefix("first_stage_model."): weight for name, weight in weights.items()}
    save_file(bare, tmp_path / "vae.safetensors", metadata={"vae_norm_groups": "4"})

    assert load_vae(tmp_path / "vae.safetensors", memory).config.widths == (8, 8, 16, 16)


def test_a_pytorch_file_gives_the_same_weights(path: Path, tmp_path: Path, memory: Memory) -> None:
    widths = Widths(vae=(32, 32, 32, 32))
    weights = load_file(write_sd1_checkpoint(tmp_path / "x", widths=widths, parts=["unet", "vae"]))
    torch.save({"state_dict": weights, "global_step": 3}, tmp_path / "tiny.ckpt")

    handle = load_checkpoint(tmp_path / "tiny.ckpt", memory).model.network

    assert torch.equal(handle.weights["conv_out.bias"], weights["model.diffusion_model.out.2.bias"])


def test_v_prediction_is_known_by_the_marker_that_trainers_write(tmp_path: Path, memory: Memory) -> None:
    weights = load_file(write_sd1_checkpoint(tmp_path / "x", parts=["unet"]))
    save_file({**weights, "v_pred": torch.zeros(0)}, tmp_path / "v.safetensors")

    assert load_checkpoint(tmp_path / "v.safetensors", memory).model.family.prediction == "v"


def _without(path: Path, name: str) -> None:
    weights = load_file(path)
    del weights[name]
    save_file(weights, path)


def test_a_missing_weight_is_named(path: Path, memory: Memory) -> None:
    _without(path, "model.diffusion_model.out.0.bias")

    with pytest.raises(
        BadFile, match=r"tiny.safetensors looks like Stable Diffusion 1, but it lacks conv_norm_out.bias"
    ):
        load_checkpoint(path, memory)


def test_a_weight_of_another_shape_is_named(path: Path, memory: Memory) -> None:
    weights = load_file(path)
    weights["model.diffusion_model.out.0.bias"] = torch.zeros(7)
    save_file(weights, path)

    with pytest.raises(BadFile, match=r"out\.0\.bias is \[7\], not \[32\]"):
        load_checkpoint(path, memory)


def test_a_file_of_something_else_says_what_was_seen(tmp_path: Path, memory: Memory) -> None:
    save_file({"foo.bar.weight": torch.zeros(2)}, tmp_path / "foreign.safetensors")

    with pytest.raises(
        BadFile, match=r"no model that is known here. It holds 1 weights whose names begin with foo.bar"
    ):
        load_checkpoint(tmp_path / "foreign.safetensors", memory)


def test_a_vae_where_a_checkpoint_is_wanted_says_where_it_goes(tmp_path: Path, memory: Memory) -> None:
    path = write_sd1_checkpoint(tmp_path / "vae.safetensors", parts=["vae"])

    with pytest.raises(BadFile, match=r"holds no denoiser .* it is a KL autoencoder. Load it with VAELoader"):
        load_checkpoint(path, memory)


def test_a_family_that_is_known_but_not_readable_is_named(tmp_path: Path, memory: Memory) -> None:
    names = ("input_blocks.0.0.weight", "label_emb.0.0.weight")
    save_file({f"model.diffusion_model.{name}": torch.zeros(2) for name in names}, tmp_path / "xl.safetensors")

    with pytest.raises(BadFile, match=r"xl.safetensors is Stable Diffusion XL, which cannot be loaded yet"):
        load_checkpoint(tmp_path / "xl.safetensors", memory)


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ({"prediction": "x"}, r"prediction = 'x' .* It is 'epsilon' or 'v'"),
        ({"scale_factor": "-1"}, "scale_factor = '-1' .* a number above 0"),
        ({"text_heads": "many"}, "text_heads = 'many' .* a whole number"),
        ({"vocab": "clip-merges-9"}, "knows 814 tokens, its vocabulary has 523"),
        ({"vae_norm_groups": "5"}, "5 norm groups do not divide"),
        ({"unet_head_dim": "7"}, "does not divide width 32"),
    ],
)
def test_metadata_that_makes_no_sense_is_refused(
    tmp_path: Path, memory: Memory, metadata: dict[str, str], sentence: str
) -> None:
    path = write_sd1_checkpoint(tmp_path / "odd.safetensors", metadata=metadata)

    with pytest.raises(BadFile, match=sentence):
        load_checkpoint(path, memory)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty or cut short"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        (b"PK\x03\x04 and so on", "is a PyTorch file under a wrong name"),
        (b"\x05\x00\x00\x00\x00\x00\x00\x00hello", "is no safetensors file"),
        (b'\x09\x00\x00\x00\x00\x00\x00\x00{"a":1x} ', "list of weights cannot be read"),
    ],
)
def test_what_is_no_model_is_called_what_it_is(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "x.safetensors").write_bytes(content)

    with pytest.raises(BadFile, match=sentence):
        open_weights(tmp_path / "x.safetensors")


@pytest.mark.parametrize("kept", [0.001, 0.5, 0.999])
def test_a_file_that_is_cut_short_says_how_much_is_there(path: Path, kept: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    with pytest.raises(
        BadFile, match=r"tiny.safetensors is cut short: it has [\d,]+ of [\d,]+ bytes. Download it again"
    ):
        open_weights(path)


class _Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("this must never be printed",)


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "evil.ckpt").write_bytes(pickle.dumps({"weight": _Trap()}, protocol=2))
    torch.save({"weight": _Trap()}, tmp_path / "evil.pt")

    for name in ("evil.ckpt", "evil.pt"):
        with pytest.raises(BadFile, match="holds program code"):
            open_weights(tmp_path / name)
    assert capsys.readouterr().out == ""


def test_a_pytorch_file_that_is_cut_short_is_called_damaged(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1000)}, tmp_path / "cut.ckpt")
    (tmp_path / "cut.ckpt").write_bytes((tmp_path / "cut.ckpt").read_bytes()[:2000])

    with pytest.raises(BadFile, match=r"cut.ckpt is damaged, cut short or no PyTorch file"):
        open_weights(tmp_path / "cut.ckpt")
