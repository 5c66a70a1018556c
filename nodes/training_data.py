"""Training data as nodes: pictures and captions encoded, sorted by size, kept in files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import torch
from torch import Tensor

from diffusion.memory import Memory
from diffusion.text import encode as encode_text
from diffusion.vae import encode as encode_picture
from diffusion.values import Cond, Conditioning, Latent
from files.errors import FileProblem
from files.folders import Folders
from files.names import confine
from graph.errors import UserError
from graph.node import Done, Slot, node
from graph.run import Run
from graph.spec import Int, Port, Text
from nodes.conditioning import find_embedding
from training.data_folder import Row, read_rows, write_rows

CATEGORY: Final = "dataset"
LatentList = Annotated[Sequence[Latent], Port("LATENT")]
ConditioningList = Annotated[Sequence[Conditioning], Port("CONDITIONING")]


class Encoded(NamedTuple):
    latents: Annotated[list[Latent], Port("LATENT"), Slot(name="latents", is_list=True)]
    conditioning: Annotated[list[Conditioning], Port("CONDITIONING"), Slot(name="conditioning", is_list=True)]


@node("MakeTrainingDataset", display_name="Make Training Dataset", category=CATEGORY, experimental=True,
      takes_lists=True)  # fmt: skip
def make_training_data(
    *,
    images: Annotated[Sequence[Tensor], Port("IMAGE")],
    vae: Annotated[Any, Port("VAE")],
    clip: Annotated[Any, Port("CLIP")],
    texts: Annotated[Any, Text(), "A caption for each picture, or one for all.", Slot(optional=True)] = None,
    memory: Memory,
    folders: Folders,
    run: Run,
) -> Encoded:
    """Encode pictures with the VAE and their captions with the text encoder, as a model is trained on them."""
    coder, reader = first(vae), first(clip)
    if coder is None or reader is None:
        raise UserError("The checkpoint holds no VAE or no text encoder. Link both to MakeTrainingDataset.")
    pictures = [picture[None, ..., :3] for batch in images for picture in batch]
    captions = one_each(texts, len(pictures))
    latents, conditionings = [], []
    for picture, caption in zip(pictures, captions, strict=True):
        latents.append(Latent(encode_picture(coder, picture, memory)))
        conditionings.append(encode_text(reader, caption, memory, lambda name: find_embedding(folders, name)))
        run.progress(len(latents), len(pictures))
    return Encoded(latents, conditionings)


@node("ResolutionBucket", display_name="Resolution Bucket", category=CATEGORY, experimental=True, needs_device=False,
      takes_lists=True)  # fmt: skip
def sort_by_size(*, latents: LatentList, conditioning: ConditioningList) -> Encoded:
    """One batch for each size of picture, so that what is trained together has one size."""
    buckets: dict[torch.Size, tuple[list[Tensor], list[Cond]]] = {}
    for sample, cond in pairs(latents, conditioning):
        samples, conds = buckets.setdefault(sample.shape, ([], []))
        samples.append(sample)
        conds.append(cond)
    return Encoded(
        [Latent(torch.cat(samples)) for samples, _ in buckets.values()], [tuple(conds) for _, conds in buckets.values()]
    )


@node("SaveTrainingDataset", display_name="Save Training Dataset", category=CATEGORY, output=True, experimental=True,
      needs_device=False, takes_lists=True, not_idempotent=True)  # fmt: skip
def save_training_data(
    *,
    latents: LatentList,
    conditioning: ConditioningList,
    folder_name: Annotated[Any, Text(), "A folder inside the output folder."] = "training_dataset",
    shard_size: Annotated[Any, Int(1, 100_000), "Pictures in one file."] = 1000,
    folders: Folders,
) -> Done[None]:
    """Write encoded pictures and captions into one folder, in place of a set that it held."""
    rows: list[Row] = []
    for sample, cond in pairs(latents, conditioning):
        row = {"latent": sample, "tokens": cond.tokens}
        rows.append(row if cond.pooled is None else {**row, "pooled": cond.pooled})
    folder = _folder(folders, folder_name)
    try:
        write_rows(folder, rows, int(first(shard_size)))
    except OSError as error:
        raise FileProblem(f"Cannot write into {folder}: {error.strerror or error}.") from error
    return Done()


@node("LoadTrainingDataset", display_name="Load Training Dataset", category=CATEGORY, experimental=True,
      needs_device=False, not_idempotent=True)  # fmt: skip
def load_training_data(
    *,
    folder_name: Annotated[str, Text(), "A folder inside the output folder."] = "training_dataset",
    folders: Folders,
) -> Encoded:
    """What SaveTrainingDataset wrote: a latent and a conditioning for each picture."""
    rows = read_rows(_folder(folders, folder_name))
    return Encoded(
        [Latent(row["latent"].float()) for row in rows],
        [(Cond(row["tokens"].float(), row.get("pooled")),) for row in rows],
    )


def pairs(latents: Sequence[Latent], conditioning: Sequence[Conditioning]) -> list[tuple[Tensor, Cond]]:
    """Each picture's latent ``(1, channels, h, w)`` and its caption; a single caption is for all."""
    samples = [row[None] for latent in latents for row in latent.samples]
    conds = [cond for conditioning_ in conditioning for cond in conditioning_]
    conds = conds * len(samples) if len(conds) == 1 else conds
    if len(samples) != len(conds) or not samples:
        raise UserError(
            f"There are {len(samples)} latents and {len(conds)} conditionings. Link the two outputs of one data set, "
            "or one conditioning for all."
        )
    return list(zip(samples, conds, strict=True))


def one_each(texts: Any, pictures: int) -> list[str]:
    """A caption for each picture; a single one, or none, is for all. Raises UserError where numbers do not match."""
    captions = list(texts) if isinstance(texts, list | tuple) else [texts or ""]
    captions = captions * pictures if len(captions) == 1 else captions
    if len(captions) != pictures:
        raise UserError(
            f"There are {pictures} pictures and {len(captions)} captions. Give one caption for each picture, "
            "or one for all."
        )
    return captions


def first(value: Any) -> Any:
    """The one value of an input that comes as a list of one."""
    return value[0] if isinstance(value, list | tuple) else value


def _folder(folders: Folders, name: Any) -> Path:
    text = str(first(name)).strip()
    if not text:
        raise FileProblem("folder_name is empty. Name a folder inside the output folder.")
    return confine(folders.output, text)
