"""Around networks that restore or measure pictures (SeedVR2, Marigold): what goes in, and what comes out, prepared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

from torch import Tensor

from diffusion.latent_films import join_films, split_film
from diffusion.memory import Memory
from diffusion.pixels.predictions import PREDICTIONS
from diffusion.pixels.restoration import CORRECTIONS, PACE, finish, prepare
from diffusion.values import Latent
from graph.errors import UserError
from graph.groups import DYNAMIC_COMBO
from graph.node import Slot, node
from graph.run import Run
from graph.spec import Choice, Group, Int, Port
from nodes.image import SIZE_MAX
from nodes.ports import IMAGE, LATENT
from nodes.training_data import first

CATEGORY: Final = "image/upscaling"
FILMS: Final = "latent/video"
# Bytes that the network needs for a point of a latent frame: 3072 channels of the 7B network (a quarter of the points,
# since it takes patches of 2 x 2), about 24 values of 2 bytes alive for each at once. An estimate; manual is exact.
POINT_BYTES: Final = 3072 * 24 * 2 // 4
CHANNELS: Final = 16

Images = Annotated[Tensor, Port("IMAGE"), Slot(name="images")]
CHUNKING: Final = Group(
    DYNAMIC_COMBO,
    {
        "options": [
            {"key": "auto", "inputs": {"required": {}}},
            {
                "key": "manual",
                "inputs": {
                    "required": {"frames_per_chunk": ["INT", {"default": 21, "min": 1, "max": SIZE_MAX, "step": 4}]}
                },
            },
        ]
    },
)


class Chunks(NamedTuple):
    latents: Annotated[list[Latent], Port("LATENT"), Slot(name="latents", is_list=True)]
    temporal_overlap: Annotated[int, Int()]


@node("SeedVR2Preprocess", display_name="Pre-Process SeedVR2 Input", category=CATEGORY, needs_device=False)
def preprocess(*, resized_images: IMAGE) -> Images:
    """Pictures as SeedVR2 takes them: without transparency, sides of multiples of 16, a film of 4n + 1 frames."""
    return prepare(resized_images)


@node("SeedVR2PostProcessing", display_name="Post-Process SeedVR2 Output", category=CATEGORY, needs_device=False,
      synonyms=("colour correction", "wavelet", "adain"))  # fmt: skip
def postprocess(
    *,
    images: IMAGE,
    original_resized_images: Annotated[Tensor, Port("IMAGE"), "The pictures before they were pre-processed."],
    color_correction_method: Annotated[
        str,
        Choice((*CORRECTIONS, "none"), modern=True),
        "lab: colours match, light stays. wavelet: what is coarse comes from the original. adain: its mean and spread.",
    ] = "lab",
    run: Run,
) -> Images:
    """What SeedVR2 gave, at the original's size and length, in its colours, with its transparency."""
    return finish(images, original_resized_images, color_correction_method, run.progress)


@node("SeedVR2TemporalChunk", display_name="Split SeedVR2 Latent", category=FILMS)
def split_latent(
    *,
    latent: LATENT,
    temporal_overlap: Annotated[int, Int(0, SIZE_MAX), "Latent frames that neighbours share."] = 0,
    chunking_mode: Annotated[
        Mapping[str, Any], CHUNKING, "manual: so many frames. auto: as many as there should be memory for."
    ],
    memory: Memory,
) -> Chunks:
    """A film's latent in pieces along time, each sampled by itself; Merge SeedVR2 Latents joins them."""
    samples = latent.samples
    if samples.ndim != 5 or samples.shape[1] != CHANNELS:
        raise UserError(
            f"The latent has the shape {tuple(samples.shape)}; SeedVR2's has five sides and {CHANNELS} channels. "
            "Link one that SeedVR2's VAE encoded."
        )
    if chunking_mode["chunking_mode"] == "manual":
        length = _latent_frames(int(chunking_mode["frames_per_chunk"]))
    else:
        points = samples.shape[0] * samples.shape[3] * samples.shape[4]
        length = max(1, memory.room_bytes() // (points * POINT_BYTES))
    return Chunks(*split_film(latent, length, temporal_overlap))


@node("SeedVR2TemporalMerge", display_name="Merge SeedVR2 Latents", category=FILMS, needs_device=False,
      takes_lists=True)  # fmt: skip
def merge_latents(
    *,
    latents: Annotated[list[Latent], Port("LATENT")],
    temporal_overlap: Annotated[
        list[int], Int(0, SIZE_MAX), "What Split SeedVR2 Latent says.", Slot(socket_only=True)
    ] = 0,  # type: ignore[assignment]  # where nothing is linked
) -> Annotated[Latent, Port("LATENT"), Slot(name="latent")]:
    """The pieces as one film again; what neighbours share is crossfaded."""
    return join_films(latents, first(temporal_overlap))


@node("MarigoldV2PostProcess", display_name="Marigold V2 Post-Process", category="image", needs_device=False,
      synonyms=("depth", "normals", "albedo"))  # fmt: skip
def show_prediction(
    *,
    image: IMAGE,
    prediction: Annotated[
        str,
        Choice(tuple(PREDICTIONS), modern=True),
        "depth: near is bright. normals: of unit length. albedo: as sRGB.",
    ] = "depth",
) -> IMAGE:
    """What Marigold measured, as a picture to look at."""
    return PREDICTIONS[prediction](image[..., :3])


def _latent_frames(frames: int) -> int:
    if (frames - 1) % PACE:
        raise UserError(f"frames_per_chunk is {frames}; it has to be 1, 5, 9, 13 or another number of the form 4n + 1.")
    return (frames - 1) // PACE + 1
