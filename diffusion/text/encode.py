"""From a prompt to what the denoiser reads."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from diffusion.memory import Patched
from diffusion.text.chunks import Token, empty_chunk, make_chunks
from diffusion.text.embeddings import FindEmbedding, read_embedding
from diffusion.values import Cond, Conditioning

if TYPE_CHECKING:
    from diffusion.memory import Memory, Patch
    from diffusion.text.clip import Clip, ClipTextModel

log = logging.getLogger(__name__)


def encode(clip: Clip, text: str, memory: Memory, find_embedding: FindEmbedding | None = None) -> Conditioning:
    """The prompt as a conditioning: 77 tokens for every 75 of the prompt; pooled from the first of these chunks.

    A weight w moves a token away from, or towards, what an empty prompt gives there: z = (z - z_empty) * w + z_empty.
    find_embedding: where ``embedding:name`` in the prompt looks for its file.
    """
    follow = clip.hooks if clip.hooks_follow else ()
    return tuple(
        replace(
            _encode(clip, text, memory, find_embedding, _hook_patches(clip, start if clip.scheduled else None)),
            start_percent=start,
            end_percent=end,
            hooks=follow,
        )
        for start, end in _spans(clip)
    )


def _spans(clip: Clip) -> list[tuple[float, float]]:
    """The parts of the sampling, in percent, for which a prompt is encoded by itself."""
    starts = {one.start_percent for hook in clip.hooks for one in hook.keyframes} if clip.scheduled else set()
    return list(pairwise(sorted({0.0, 1.0, *starts})))


def _hook_patches(clip: Clip, percent: float | None) -> tuple[Patch, ...]:
    return tuple(patch for hook in clip.hooks if (patch := hook.text_patch_at(clip.encoder, percent)) is not None)


def _encode(
    clip: Clip, text: str, memory: Memory, find_embedding: FindEmbedding | None, patches: tuple[Patch, ...]
) -> Cond:
    chunks = make_chunks(text, clip.tokenizer, lambda name: _embedding(clip, name, find_embedding))
    weighted = any(token.weight != 1.0 for chunk in chunks for token in chunk)
    batch = [*chunks, empty_chunk(clip.tokenizer)] if weighted else chunks
    with memory.use(Patched(clip.encoder, (*clip.adapters, *patches))) as (module,), torch.no_grad():
        tokens, pooled = _run(module, batch, clip, memory.device)
    if weighted:
        tokens, empty = tokens[:-1], tokens[-1:]
        weights = torch.tensor([[token.weight for token in chunk] for chunk in chunks])
        tokens = (tokens - empty) * weights[:, :, None] + empty
    return Cond(tokens=tokens.reshape(1, -1, tokens.shape[-1]), pooled=pooled[:1])


def _run(
    module: ClipTextModel, batch: Sequence[Sequence[Token]], clip: Clip, device: torch.device
) -> tuple[Tensor, Tensor]:
    """(tokens, pooled) of each chunk, float32 on the CPU."""
    ids = torch.tensor([[token.id for token in chunk] for chunk in batch])
    embeddings = module.embed(ids.clamp(min=0).to(device))
    for row, chunk in enumerate(batch):
        for column, token in enumerate(chunk):
            if token.vector is not None:
                embeddings[row, column] = token.vector.to(embeddings)
    ends = (ids == clip.tokenizer.end).int().argmax(dim=1).to(device)
    tokens, pooled = module(embeddings, ends, clip.stop_layer)
    return tokens.float().cpu(), pooled.float().cpu()


def _embedding(clip: Clip, name: str, find_embedding: FindEmbedding | None) -> Tensor | None:
    path = find_embedding(name) if find_embedding is not None else None
    if path is None:
        log.warning("There is no embedding '%s'; the prompt is read without it.", name)
        return None
    return read_embedding(path, clip.encoder.weights["embeddings.token_embedding.weight"].shape[1])
