"""Lessons: nodes that show how diffusion painting works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import torch
from torch import Tensor

from diffusion.lessons.forward import TIMESTEPS, add_noise, cosine_alphas, linear_alphas, stations
from diffusion.lessons.predictions import predict
from diffusion.lessons.reverse import watch_sampling
from diffusion.memory import Memory
from diffusion.sampling.noise import RandomNoise
from diffusion.vae import decode, encode
from diffusion.values import Latent
from graph.errors import UserError
from graph.node import node
from graph.run import Run
from graph.spec import Float, Int, Port, Text
from nodes.clip_vision import measure
from nodes.matrix_sheet import draw_matrix
from nodes.pictures import to_pictures
from nodes.ports import CONDITIONING, IMAGE, LATENT, MODEL, VAE
from nodes.sampling import Cfg, SchedulerName, Seed, Steps
from nodes.sheets import Row, draw_sheet, grey_map
from nodes.training_data import first
from nodes.vae import present_vae

CATEGORY: Final = "learn"
Looks = Annotated[int, Int(2, 12), "How many moments to show."]


@node("LearnForwardDiffusion", display_name="Lesson: Noise Going In", category=CATEGORY, synonyms=("lesson", "forward"))
def learn_forward(*, image: IMAGE, seed: Seed = 0, looks: Looks = 7) -> IMAGE:
    """A picture drowned in noise, by the linear and by the cosine schedule."""
    x0 = image[:1, ..., :3].movedim(-1, 1) * 2 - 1
    noise = RandomNoise(seed).generate(Latent(x0))
    rows = []
    for title, alphas in (("Linear schedule", linear_alphas()), ("Cosine schedule", cosine_alphas())):
        times = stations(looks)
        noisy = [add_noise(x0, noise, float(alphas[t])) for t in times]
        pictures = [to_pictures(((x + 1) / 2).clamp(0, 1).movedim(1, -1))[0] for x in noisy]
        rows.append(Row(title, pictures, [f"t = {t}: {float(alphas[t]) ** 0.5:.0%} picture" for t in times]))
    return draw_sheet(rows, f"x_t = sqrt(a) x_0 + sqrt(1 - a) noise, {TIMESTEPS} timesteps")


@node(
    "LearnReverseDiffusion", display_name="Lesson: Noise Coming Out", category=CATEGORY, synonyms=("lesson", "reverse")
)
def learn_reverse(
    *,
    model: MODEL,
    vae: VAE,
    positive: CONDITIONING,
    negative: CONDITIONING,
    latent_image: LATENT,
    seed: Seed = 0,
    steps: Steps = 20,
    cfg: Cfg = 8.0,
    scheduler: SchedulerName = "karras",
    looks: Looks = 7,
    memory: Memory,
    run: Run,
) -> IMAGE:
    """One sampling run at several moments: what is on the canvas, and the picture that the network sees in it."""
    vae, latent = present_vae(vae), Latent(latent_image.samples[:1])
    seen = watch_sampling(
        model,
        positive,
        negative,
        cfg=cfg,
        scheduler=scheduler,
        steps=steps,
        looks=looks,
        noise=RandomNoise(seed).generate(latent),
        latent=latent,
        memory=memory,
        on_step=run.progress,
    )
    canvas = [to_pictures(decode(vae, now.samples, memory))[0] for _, now, _ in seen]
    clean = [to_pictures(decode(vae, x0.samples, memory))[0] for _, _, x0 in seen]
    labels = [f"after step {done}" for done, _, _ in seen]
    return draw_sheet([Row("On the canvas", canvas, labels), Row("What the network sees in it", clean, labels)])


@node(
    "LearnPredictions",
    display_name="Lesson: What a Network Predicts",
    category=CATEGORY,
    synonyms=("lesson", "velocity"),
)
def learn_predictions(
    *,
    model: MODEL,
    vae: VAE,
    conditioning: CONDITIONING,
    image: IMAGE,
    seed: Seed = 0,
    percent: Annotated[
        float, Float(0.0, 1.0, 0.01), "Of the sampling process: 0 is pure noise, 1 the clean picture."
    ] = 0.4,
    memory: Memory,
) -> IMAGE:
    """The noise, the clean picture and the velocity that a network predicts from one noisy picture."""
    latent = encode(present_vae(vae), image[:1], memory)
    found = predict(model, conditioning[0], latent, RandomNoise(seed).generate(Latent(latent)), percent, memory)
    scale_out = model.family.latent.scale_out
    shown = [to_pictures(decode(vae, scale_out(x), memory))[0] for x in (found.noisy, found.x0)]
    maps = [grey_map(x[0, 0]) for x in (found.noise, found.velocity)]
    labels = ["noisy picture", "predicted x0", "predicted noise", "predicted velocity"]
    row = Row("One evaluation of the network", [*shown, *maps], labels)
    return draw_sheet([row], "The last two: first channel of the latent.\nEach of the three gives the other two.")


@node("LearnLatentSize", display_name="Lesson: How Small a Latent Is", category=CATEGORY, synonyms=("lesson", "latent"))
def learn_latent_size(*, image: IMAGE, vae: VAE, memory: Memory) -> IMAGE:
    """A picture, the channels of its latent, and how many numbers each of them takes."""
    picture = image[:1, ..., :3]
    latent = encode(present_vae(vae), picture, memory)
    back = to_pictures(decode(vae, latent, memory))[0]
    height, width, colours = picture.shape[1:]
    channels, rows, columns = latent.shape[1:]
    pixels, values = height * width * colours, channels * rows * columns
    shown = [to_pictures(picture)[0], *(grey_map(channel) for channel in latent[0]), back]
    labels = ["picture", *(f"channel {i + 1}" for i in range(channels)), "decoded again"]
    footer = (
        f"Picture: {width} x {height} x {colours} = {pixels:,} values\n"
        f"Latent: {columns} x {rows} x {channels} = {values:,} values, {pixels / values:.0f} times fewer"
    )
    return draw_sheet([Row("Through the VAE and back", shown, labels)], footer)


@node("LearnSimilarity", display_name="Lesson: What Goes With What", category=CATEGORY, takes_lists=True,
      synonyms=("lesson", "clip", "similarity matrix"))  # fmt: skip
def learn_similarity(
    *,
    clip: Annotated[Any, Port("CLIP")],
    clip_vision: Annotated[Any, Port("CLIP_VISION")],
    images: Annotated[Sequence[Tensor], Port("IMAGE")],
    texts: Annotated[Any, Text(multiline=True), "One text a line, or a list of texts."],
    memory: Memory,
) -> IMAGE:
    """Every picture measured against every text by a CLIP pair: the cosines of their embeddings, as a table."""
    pictures = [picture[None, ..., :3] for batch in images for picture in batch]
    asked = texts if isinstance(texts, list | tuple) else [texts]
    lines = [line.strip() for text in asked for line in str(text).splitlines() if line.strip()]
    if not pictures or not lines:
        raise UserError("A table needs a picture and a text at least. Link images, and write one text a line.")
    pair = first(clip), first(clip_vision)
    scores = torch.cat([measure(*pair, picture, lines, memory) for picture in pictures])
    right = sum(int(row.argmax()) == number for number, row in enumerate(scores))
    footer = "Each number: the cosine of a picture's and a text's embedding. Framed: the text that fits a picture best."
    if len(pictures) == len(lines):
        footer += f"\n{right} of {len(pictures)} pictures find the text in their own row."
    shown = [to_pictures(picture)[0] for picture in pictures]
    return draw_matrix("Pictures and texts", shown, lines, scores, footer)
