"""LoRA: every dialect of names, the arithmetic, and weights that come back bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from diffusion.adapters.lora import apply, read_lora
from diffusion.checkpoint.load import Checkpoint, load_checkpoint
from diffusion.errors import BadFile, DiffusionError
from diffusion.memory import Handle, Memory, Patched, Precision
from diffusion.model import Evaluation, evaluate
from tests.diffusion.tiny import write_sd1_checkpoint

TO_Q = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
CONV = "down_blocks.0.resnets.0.conv1"
TEXT = "encoder.layers.0.self_attn.q_proj"


@pytest.fixture
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


@pytest.fixture
def checkpoint(tmp_path: Path, memory: Memory) -> Checkpoint:
    return load_checkpoint(write_sd1_checkpoint(tmp_path / "tiny.safetensors"), memory)


def randn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def write(path: Path, tensors: dict[str, Tensor]) -> Path:
    save_file(tensors, path)
    return path


def kohya(module: str, up: Tensor, down: Tensor, alpha: float | None = None) -> dict[str, Tensor]:
    named = {f"{module}.lora_up.weight": up, f"{module}.lora_down.weight": down}
    return named if alpha is None else {**named, f"{module}.alpha": torch.tensor(alpha)}


def weights_in_use(handle: Handle, patches: tuple[object, ...], memory: Memory) -> dict[str, Tensor]:
    with memory.use(Patched(handle, patches)) as (module,):  # type: ignore[arg-type]  # patches of one handle
        return {name: value.detach().clone() for name, value in module.named_parameters()}


SPELLINGS = {
    "kohya": ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q", "lora_up", "lora_down"),
    "kohya, original layout": ("lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q", "lora_up", "lora_down"),
    "original layout": ("diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q", "lora_up", "lora_down"),
    "peft": (f"base_model.model.{TO_Q}", "lora_B", "lora_A"),
    "peft in diffusers": (f"unet.{TO_Q}", "lora_B", "lora_A"),
    "peft with adapter name": (f"base_model.model.{TO_Q}", "lora_B.default", "lora_A.default"),
    "diffusers": (f"unet.{TO_Q}", "lora.up", "lora.down"),
    "diffusers, linear layer": (f"unet.{TO_Q}", "lora_linear_layer.up", "lora_linear_layer.down"),
    "bare": (TO_Q, "lora_B", "lora_A"),
}


@pytest.mark.parametrize("dialect", SPELLINGS)
def test_every_dialect_names_the_same_weight(
    dialect: str, tmp_path: Path, checkpoint: Checkpoint, memory: Memory
) -> None:
    module, up, down = SPELLINGS[dialect]
    tensors = {f"{module}.{up}.weight": randn(32, 2), f"{module}.{down}.weight": randn(2, 32)}
    model, _ = apply(checkpoint.model, None, read_lora(write(tmp_path / "l.safetensors", tensors)), 1.0, 0.0)
    assert [sorted(patch.parameters()) for patch in model.adapters] == [[f"{TO_Q}.weight"]]


def test_old_attention_processors_are_understood(tmp_path: Path, checkpoint: Checkpoint) -> None:
    block = TO_Q.removesuffix(".to_q")
    tensors = {
        f"unet.{block}.processor.{layer}_lora.{end}.weight": value
        for layer in ("to_q", "to_out")
        for end, value in (("up", randn(32, 2)), ("down", randn(2, 32)))
    }
    model, _ = apply(checkpoint.model, None, read_lora(write(tmp_path / "l.safetensors", tensors)), 1.0, 0.0)
    assert sorted(model.adapters[0].parameters()) == [f"{block}.to_out.0.weight", f"{block}.to_q.weight"]


@pytest.mark.parametrize(
    "module",
    [
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj",
        "lora_te1_text_model_encoder_layers_0_self_attn_q_proj",
        "text_encoder.text_model.encoder.layers.0.self_attn.q_proj",
    ],
)
def test_the_text_encoder_is_named_in_every_dialect(module: str, tmp_path: Path, checkpoint: Checkpoint) -> None:
    lora = read_lora(write(tmp_path / "l.safetensors", kohya(module, randn(32, 2), randn(2, 32))))
    _, clip = apply(checkpoint.model, checkpoint.clip, lora, 1.0, 0.5)
    assert clip is not None
    assert [(sorted(patch.parameters()), patch.strength) for patch in clip.adapters] == [([f"{TEXT}.weight"], 0.5)]  # type: ignore[attr-defined]  # a LoraPatch


def test_every_weight_of_the_original_layout_has_its_name(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """What checkpoint files call a weight, kohya's LoRA of that layout calls it as well."""
    from safetensors import safe_open

    with safe_open(tmp_path / "tiny.safetensors", "pt") as file:
        names = [name for name in file.keys() if name.startswith("model.diffusion_model.")]  # noqa: SIM118 - no dict
        shapes = {name.removesuffix(".weight"): file.get_slice(name).get_shape() for name in names if ".weight" in name}
    tensors: dict[str, Tensor] = {}
    for name, shape in shapes.items():
        if len(shape) > 1:
            module = "lora_unet_" + name.removeprefix("model.diffusion_model.").replace(".", "_")
            tensors |= kohya(module, torch.zeros(shape[0], 1), torch.zeros(1, *shape[1:]))
    model, _ = apply(checkpoint.model, None, read_lora(write(tmp_path / "l.safetensors", tensors)), 1.0, 0.0)
    matrices = {name for name, weight in model.network.weights.items() if weight.ndim > 1}
    assert set(model.adapters[0].parameters()) == matrices


def test_a_lora_is_the_merged_dense_weight(tmp_path: Path, checkpoint: Checkpoint, memory: Memory) -> None:
    up, down = randn(32, 4), randn(4, 32)
    lora = read_lora(write(tmp_path / "l.safetensors", kohya(SPELLINGS["kohya"][0], up, down, alpha=2.0)))
    model, _ = apply(checkpoint.model, None, lora, 0.8, 0.0)
    original = weights_in_use(model.network, (), memory)
    patched = weights_in_use(model.network, model.adapters, memory)
    torch.testing.assert_close(
        patched[f"{TO_Q}.weight"], original[f"{TO_Q}.weight"] + 0.8 * (2.0 / 4) * (up @ down), rtol=1e-6, atol=1e-6
    )
    assert all(torch.equal(patched[name], original[name]) for name in original if name != f"{TO_Q}.weight")


def test_convolutions_are_changed_with_and_without_a_middle(
    tmp_path: Path, checkpoint: Checkpoint, memory: Memory
) -> None:
    """LoCon: the change is what its two or three convolutions do one after the other."""
    up, mid, down, wide = randn(32, 2, 1, 1), randn(2, 2, 3, 3), randn(2, 32, 1, 1), randn(2, 32, 3, 3)
    first, second = "down_blocks_0_resnets_0_conv1", "down_blocks_0_resnets_0_conv2"
    tensors = kohya(f"lora_unet_{first}", up, down) | {f"lora_unet_{first}.lora_mid.weight": mid}
    tensors |= kohya(f"lora_unet_{second}", up.clone(), wide)
    model, _ = apply(checkpoint.model, None, read_lora(write(tmp_path / "l.safetensors", tensors)), 1.0, 0.0)
    before = weights_in_use(model.network, (), memory)
    after = weights_in_use(model.network, model.adapters, memory)
    x = randn(1, 32, 6, 6)
    conv = torch.nn.functional.conv2d
    three = conv(conv(conv(x, down), mid, padding=1), up)
    two = conv(conv(x, wide, padding=1), up)
    for name, expected in ((CONV, three), (CONV.replace("conv1", "conv2"), two)):
        change = after[f"{name}.weight"] - before[f"{name}.weight"]
        torch.testing.assert_close(conv(x, change, padding=1), expected, rtol=1e-4, atol=1e-3)


def test_dora_sets_the_length_of_each_row(tmp_path: Path, checkpoint: Checkpoint, memory: Memory) -> None:
    lengths = torch.arange(1.0, 33.0)[:, None]
    module = SPELLINGS["kohya"][0]
    tensors = kohya(module, randn(32, 2), randn(2, 32)) | {f"{module}.dora_scale": lengths}
    model, _ = apply(checkpoint.model, None, read_lora(write(tmp_path / "l.safetensors", tensors)), 1.0, 0.0)
    weight = weights_in_use(model.network, model.adapters, memory)[f"{TO_Q}.weight"]
    torch.testing.assert_close(torch.linalg.vector_norm(weight, dim=1, keepdim=True), lengths)


def test_weights_come_back_bit_for_bit(tmp_path: Path, checkpoint: Checkpoint, memory: Memory) -> None:
    lora = read_lora(write(tmp_path / "l.safetensors", kohya(SPELLINGS["kohya"][0], randn(32, 2), randn(2, 32))))
    model, _ = apply(checkpoint.model, None, lora, 1.0, 0.0)
    file_before = {name: weight.clone() for name, weight in model.network.weights.items()}
    before = weights_in_use(checkpoint.model.network, (), memory)
    weights_in_use(model.network, model.adapters, memory)
    after = weights_in_use(checkpoint.model.network, (), memory)
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert all(torch.equal(model.network.weights[name], file_before[name]) for name in file_before)


def test_a_lora_changes_the_answer_and_its_opposite_undoes_it(
    tmp_path: Path, checkpoint: Checkpoint, memory: Memory
) -> None:
    lora = read_lora(write(tmp_path / "l.safetensors", kohya(SPELLINGS["kohya"][0], randn(32, 2), randn(2, 32))))
    question = Evaluation(randn(1, 4, 8, 8), torch.tensor([2.0]), randn(1, 77, 32))
    plain = evaluate(checkpoint.model, [question], memory)[0]
    styled, _ = apply(checkpoint.model, None, lora, 1.0, 0.0)
    undone, _ = apply(styled, None, lora, -1.0, 0.0)
    assert not torch.allclose(evaluate(styled, [question], memory)[0], plain, atol=1e-3)
    torch.testing.assert_close(evaluate(undone, [question], memory)[0], plain, rtol=1e-4, atol=1e-4)
    assert torch.equal(evaluate(checkpoint.model, [question], memory)[0], plain)


def test_two_readings_of_one_file_are_one_patch(tmp_path: Path, checkpoint: Checkpoint) -> None:
    path = write(tmp_path / "l.safetensors", kohya(SPELLINGS["kohya"][0], randn(32, 2), randn(2, 32)))
    first, again, weaker = (
        apply(checkpoint.model, None, read_lora(path), strength, 0.0)[0].adapters for strength in (1.0, 1.0, 0.5)
    )
    assert first == again
    assert first != weaker


def test_strength_0_leaves_the_model_alone(tmp_path: Path, checkpoint: Checkpoint) -> None:
    lora = read_lora(write(tmp_path / "l.safetensors", kohya(SPELLINGS["kohya"][0], randn(32, 2), randn(2, 32))))
    assert apply(checkpoint.model, checkpoint.clip, lora, 0.0, 0.0) == (checkpoint.model, checkpoint.clip)


def test_a_lora_for_another_model_is_refused_in_words(tmp_path: Path, checkpoint: Checkpoint) -> None:
    wider = kohya(SPELLINGS["kohya"][0], randn(320, 2), randn(2, 320))
    lora = read_lora(write(tmp_path / "wide.safetensors", wider))
    with pytest.raises(DiffusionError, match=r"wide\.safetensors fits neither this model \(sd1\)"):
        apply(checkpoint.model, checkpoint.clip, lora, 1.0, 1.0)


def test_a_file_that_is_no_lora_is_refused_in_words(tmp_path: Path, checkpoint: Checkpoint) -> None:
    with pytest.raises(BadFile, match=r"tiny\.safetensors holds no LoRA"):
        read_lora(tmp_path / "tiny.safetensors")


def lycoris(module: str, kind: str, parts: dict[str, Tensor], alpha: float | None = None) -> dict[str, Tensor]:
    named = {f"{module}.{kind}_{name}": value for name, value in parts.items()}
    return named if alpha is None else {**named, f"{module}.alpha": torch.tensor(alpha)}


def test_hadamard_and_kronecker_products_change_weights_as_their_papers_say(
    tmp_path: Path, checkpoint: Checkpoint, memory: Memory
) -> None:
    names = ("w1_a", "w1_b", "w2_a", "w2_b")
    loha = dict(zip(names, (randn(32, 2), randn(2, 32), randn(32, 3), randn(3, 32)), strict=True))
    lokr = {"w1": randn(4, 8), "w2_a": randn(8, 2), "w2_b": randn(2, 4 * 9)}
    key_q, key_conv = (f"lora_unet_{path.replace('.', '_')}" for path in (TO_Q, CONV))
    path = write(
        tmp_path / "both.safetensors",
        {**lycoris(key_q, "hada", loha, alpha=1.0), **lycoris(key_conv, "lokr", lokr, alpha=1.0)},
    )
    model, _ = apply(checkpoint.model, None, read_lora(path), 0.5, 0.0)
    changed = weights_in_use(model.network, model.adapters, memory)
    plain = weights_in_use(model.network, (), memory)
    hadamard = (loha["w1_a"] @ loha["w1_b"]) * (loha["w2_a"] @ loha["w2_b"]) / 2
    kronecker = torch.kron(lokr["w1"], lokr["w2_a"] @ lokr["w2_b"]).reshape(32, 32, 3, 3) / 2
    assert torch.allclose(changed[f"{TO_Q}.weight"] - plain[f"{TO_Q}.weight"], 0.5 * hadamard, atol=1e-4)
    assert torch.allclose(changed[f"{CONV}.weight"] - plain[f"{CONV}.weight"], 0.5 * kronecker, atol=1e-4)


def test_a_hadamard_product_with_a_core_fits_a_convolution(
    tmp_path: Path, checkpoint: Checkpoint, memory: Memory
) -> None:
    parts = {f"{side}{end}": randn(2, 32) + k for k, side in enumerate(("w1_", "w2_")) for end in "ab"}
    cores = {"t1": randn(2, 2, 3, 3), "t2": randn(2, 2, 3, 3) + 1}
    key = f"lora_unet_{CONV.replace('.', '_')}"
    path = write(tmp_path / "core.safetensors", lycoris(key, "hada", {**parts, **cores}, alpha=2.0))
    model, _ = apply(checkpoint.model, None, read_lora(path), 1.0, 0.0)
    difference = (
        weights_in_use(model.network, model.adapters, memory)[f"{CONV}.weight"]
        - weights_in_use(model.network, (), memory)[f"{CONV}.weight"]
    )
    halves = [torch.einsum("abhw,bi,ao->oihw", cores[f"t{n}"], parts[f"w{n}_b"], parts[f"w{n}_a"]) for n in (1, 2)]
    assert torch.allclose(difference, halves[0] * halves[1], atol=1e-3, rtol=1e-3)
