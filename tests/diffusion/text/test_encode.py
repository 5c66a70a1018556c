from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from diffusion.checkpoint.load import load_checkpoint
from diffusion.errors import BadFile
from diffusion.memory import Memory, Precision
from diffusion.text import Clip, encode
from diffusion.text.chunks import make_chunks
from diffusion.text.tokenizer import ClipTokenizer
from tests.diffusion.tiny import write_sd1_checkpoint

MEMORY = Memory(torch.device("cpu"), Precision())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = write_sd1_checkpoint(tmp_path_factory.mktemp("clip") / "tiny.safetensors", dtype=torch.float32)
    loaded = load_checkpoint(path, MEMORY).clip
    assert loaded is not None
    return loaded


def tokens(clip: Clip, text: str) -> Tensor:
    return encode(clip, text, MEMORY)[0].tokens


def _ids(prompt: str) -> list[list[int]]:
    return [[token.id for token in chunk] for chunk in make_chunks(prompt, ClipTokenizer(), lambda _: None)]


def test_a_chunk_is_start_words_end_and_padding_with_the_end_token() -> None:
    assert _ids("a cat") == [[49406, 320, 2368, 49407, *[49407] * 73]]


def test_75_tokens_fill_a_chunk_and_the_76th_begins_the_next() -> None:
    assert [chunk.index(49407) for chunk in _ids("cat " * 75)] == [76]
    assert [chunk.index(49407) for chunk in _ids("cat " * 76)] == [76, 2]


def test_a_short_run_of_one_weight_is_not_cut_at_a_chunks_end() -> None:
    assert [chunk.index(49407) for chunk in _ids("cat " * 72 + "(dog dog dog dog:1.2)")] == [73, 5]


def test_a_long_run_of_one_weight_is_cut_where_the_chunk_is_full() -> None:
    assert [chunk.index(49407) for chunk in _ids("cat " * 72 + "(dog dog dog dog dog dog dog dog:1.2)")] == [76, 6]


def test_chunks_follow_each_other_and_the_first_gives_the_pooled_vector(clip: Clip) -> None:
    long = encode(clip, "a " * 80, MEMORY)[0]
    first = encode(clip, "a " * 75, MEMORY)[0]

    assert long.tokens.shape == (1, 154, 32)
    assert long.pooled is not None
    assert first.pooled is not None
    assert torch.allclose(long.tokens[:, :77], first.tokens, atol=1e-5)
    assert torch.allclose(long.pooled, first.pooled, atol=1e-5)


def test_a_weight_moves_tokens_away_from_the_empty_prompt(clip: Clip) -> None:
    plain, empty, weighted = tokens(clip, "a a"), tokens(clip, ""), tokens(clip, "(a a:1.5)")

    assert torch.allclose(weighted[:, 1:3], ((plain - empty) * 1.5 + empty)[:, 1:3], atol=1e-5)
    assert torch.allclose(weighted[:, 3:], plain[:, 3:], atol=1e-5)


def test_a_weight_of_one_changes_no_bit(clip: Clip) -> None:
    assert torch.equal(tokens(clip, "(a cat:1.0)"), tokens(clip, "a cat"))


def test_the_stop_layer_counts_from_the_end_and_keeps_the_final_norm(clip: Clip) -> None:
    with MEMORY.use(clip.encoder) as (module,), torch.no_grad():
        ids = torch.tensor(_tiny_ids(clip, "a cat"))[None]
        hidden = module.embed(ids) + module.embeddings.position_embedding.weight
        expected = module.final_layer_norm(module.encoder.layers[0](hidden))

    assert torch.allclose(tokens(clip.with_stop_layer(-2), "a cat"), expected, atol=1e-6)
    assert torch.equal(tokens(clip.with_stop_layer(-24), "a cat"), tokens(clip, "a cat"))


def test_the_encoder_is_a_causal_transformer_with_quick_gelu(clip: Clip) -> None:
    """Written out by the paper's formulas, from the weights that the file names."""
    weights = {name: weight.half().float() for name, weight in clip.encoder.weights.items()}
    x = weights["embeddings.token_embedding.weight"][_tiny_ids(clip, "a cat")]
    x = x + weights["embeddings.position_embedding.weight"]
    for layer in ("encoder.layers.0.", "encoder.layers.1."):
        w = {name.removeprefix(layer): weight for name, weight in weights.items() if name.startswith(layer)}
        y = _norm(x, w, "layer_norm1")
        q, k, v = (_linear(y, w, f"self_attn.{part}_proj").reshape(77, 2, 16).transpose(0, 1) for part in "qkv")
        scores = q @ k.transpose(1, 2) / 4 + torch.full((77, 77), -torch.inf).triu(1)
        x = x + _linear((scores.softmax(-1) @ v).transpose(0, 1).reshape(77, 32), w, "self_attn.out_proj")
        z = _linear(_norm(x, w, "layer_norm2"), w, "mlp.fc1")
        x = x + _linear(z * torch.sigmoid(1.702 * z), w, "mlp.fc2")
    expected = _norm(x, weights, "final_layer_norm")

    cond = encode(clip, "a cat", MEMORY)[0]

    assert torch.allclose(cond.tokens[0], expected, atol=1e-5)
    assert cond.pooled is not None
    assert torch.allclose(cond.pooled[0], expected[_tiny_ids(clip, "a cat").index(clip.tokenizer.end)], atol=1e-5)


def test_weights_are_held_in_half_precision_and_computed_in_float32(clip: Clip) -> None:
    with MEMORY.use(clip.encoder) as (module,):
        held = module.encoder.layers[0].mlp.fc1.weight

    assert torch.equal(held, clip.encoder.weights["encoder.layers.0.mlp.fc1.weight"].half())
    assert tokens(clip, "a cat").dtype == torch.float32


def test_an_embedding_stands_for_its_vectors(clip: Clip, tmp_path: Path) -> None:
    row = clip.encoder.weights["embeddings.token_embedding.weight"].half()[_tiny_ids(clip, "a")[1]]
    save_file({"emb_params": torch.stack([row, row])}, tmp_path / "twice-a.safetensors")

    found = encode(clip, "embedding:twice-a", MEMORY, lambda name: tmp_path / f"{name}.safetensors")

    assert torch.allclose(found[0].tokens, tokens(clip, "a a"), atol=1e-6)


def test_an_embedding_that_is_not_there_is_left_out(clip: Clip) -> None:
    assert torch.equal(tokens(clip, "a embedding:missing, cat"), tokens(clip, "a , cat"))


def test_an_embedding_of_another_family_is_refused(clip: Clip, tmp_path: Path) -> None:
    save_file({"emb_params": torch.zeros(2, 999)}, tmp_path / "x.safetensors")

    with pytest.raises(BadFile, match=r"is \[999\] wide, the text encoder takes 32"):
        encode(clip, "embedding:x", MEMORY, lambda _: tmp_path / "x.safetensors")


def _tiny_ids(clip: Clip, text: str) -> list[int]:
    return [token.id for token in make_chunks(text, clip.tokenizer, lambda _: None)[0]]


def _linear(x: Tensor, weights: dict[str, Tensor], name: str) -> Tensor:
    return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _norm(x: Tensor, weights: dict[str, Tensor], name: str) -> Tensor:
    return functional.layer_norm(x, (32,), weights[f"{name}.weight"], weights[f"{name}.bias"])
