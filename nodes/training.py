"""Training a LoRA in the graph, laying it over a model, and saving it."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple, cast

import torch
from safetensors.torch import save
from torch import Tensor, nn

from diffusion.adapters.lora import apply, make_lora
from diffusion.memory import Memory
from diffusion.model import Model
from diffusion.values import Cond
from files.folders import Folders
from files.save import Saver, fill_in
from graph.node import Done, Slot, node
from graph.run import Run
from graph.spec import SEED_MAX, Choice, Float, Int, Port, Text, Toggle
from nodes.existing_lora import read_start
from nodes.ports import MODEL
from nodes.training_data import ConditioningList, LatentList, first, pairs
from nodes.workflow_tags import PngInfo, Prompt, workflow_tags
from training.changes import Algorithm
from training.curve import draw_curve
from training.learner import Optimiser, Pace
from training.lora import LoraAsk, LossName, train_lora
from training.networks import copy_denoiser
from training.record import read_losses

NONE: Final = "[None]"
LOSS_NAMES: Final[Mapping[str, LossName]] = {"MSE": "mse", "L1": "l1", "Huber": "huber", "SmoothL1": "smooth_l1"}
ALGORITHM_NAMES: Final[Mapping[str, Algorithm]] = {"LoRA": "lora", "LoHa": "loha", "LoKr": "lokr", "OFT": "oft"}
DTYPES: Final = {"bf16": torch.bfloat16, "fp32": torch.float32}
LORA = Annotated[dict[str, Tensor], Port("LORA_MODEL")]
LOSSES = Annotated[dict[str, list[float]], Port("LOSS_MAP")]
Dtype = Annotated[Any, Choice(tuple(DTYPES), modern=True)]


class Trained(NamedTuple):
    model: Annotated[Model, Port("MODEL"), Slot(name="model")]
    lora: Annotated[dict[str, Tensor], Port("LORA_MODEL"), Slot(name="lora")]
    loss_map: Annotated[dict[str, list[float]], Port("LOSS_MAP"), Slot(name="loss_map")]
    steps: Annotated[int, Int(), Slot(name="steps")]


@node("TrainLoraNode", display_name="Train LoRA", category="training", experimental=True, takes_lists=True,
      synonyms=("fine-tune", "learn", "style"))  # fmt: skip
def train_lora_node(
    *,
    model: Annotated[Any, Port("MODEL")],
    latents: LatentList,
    positive: ConditioningList,
    batch_size: Annotated[Any, Int(1, 10_000), "Pictures looked at together."] = 1,
    grad_accumulation_steps: Annotated[Any, Int(1, 1024), "Batches that make one step."] = 1,
    steps: Annotated[Any, Int(1, 100_000)] = 16,
    learning_rate: Annotated[Any, Float(1e-7, 1.0, 1e-7)] = 0.0005,
    rank: Annotated[Any, Int(1, 128), "How much the LoRA can hold; its file grows with it."] = 8,
    optimizer: Annotated[Any, Choice(("AdamW", "Adam", "SGD", "RMSprop"), modern=True)] = "AdamW",
    loss_function: Annotated[Any, Choice(tuple(LOSS_NAMES), modern=True)] = "MSE",
    seed: Annotated[Any, Int(0, SEED_MAX)] = 0,
    training_dtype: Annotated[Dtype, "What the network computes in; the LoRA learns in fp32."] = "bf16",
    lora_dtype: Annotated[Dtype, "What the LoRA is kept in."] = "bf16",
    algorithm: Annotated[Any, Choice(tuple(ALGORITHM_NAMES), modern=True), "What kind of change is learnt."] = "LoRA",
    gradient_checkpointing: Annotated[Any, Toggle(), "Less memory, more time."] = True,
    existing_lora: Annotated[Any, Choice((NONE,), folder="loras", modern=True), "Go on from this one."] = NONE,
    bucket_mode: Annotated[Any, Toggle(), "A batch holds pictures of one size only."] = False,
    memory: Memory,
    folders: Folders,
    run: Run,
) -> Trained:
    """Train a LoRA on pictures and captions. Cancelled, it goes on where it was when it is asked the same again."""
    base: Model = first(model)
    batch, accumulate = int(first(batch_size)), int(first(grad_accumulation_steps))
    samples = pairs(latents, positive)
    ask = LoraAsk(
        rank=int(first(rank)),
        alpha=float(first(rank)),
        batch=min(batch, len(samples)),
        seed=int(first(seed)),
        checkpointing=bool(first(gradient_checkpointing)),
        loss=LOSS_NAMES[first(loss_function)],
        accumulate=accumulate,
        buckets=bool(first(bucket_mode)),
        convolutions=True,
        algorithm=ALGORITHM_NAMES[first(algorithm)],
    )
    pace = Pace(
        total=int(first(steps)) * ask.batch * accumulate,
        lr=float(first(learning_rate)),
        warm_up=0,
        cool_down=0.0,
        optimiser=cast("Optimiser", first(optimizer).lower()),
        average=0.95,
    )
    existing = str(first(existing_lora))
    wanted = _Wanted(samples, ask, pace, existing, first(training_dtype))
    weights, losses = _train(base, wanted, memory, folders, run)
    lora = {name: value.detach().to(DTYPES[first(lora_dtype)]) for name, value in weights.items()}
    earlier = re.search(r"_(\d+)_steps", existing)
    done = int(first(steps)) + (int(earlier[1]) if earlier else 0)
    return Trained(_laid_over(base, lora, 1.0), lora, {"loss": losses}, done)


@node("LoraModelLoader", display_name="Load LoRA Model", category="loaders", experimental=True)
def load_lora_model(
    *,
    model: MODEL,
    lora: LORA,
    strength_model: Annotated[float, Float(-100.0, 100.0), "1 is what was trained, 0 is off."] = 1.0,
) -> Annotated[Model, Port("MODEL"), Slot(name="model")]:
    """The model with a LoRA from the graph laid over it."""
    return _laid_over(model, lora, strength_model)


@node("SaveLoRA", display_name="Save LoRA Weights", category="loaders", output=True, experimental=True,
      needs_device=False, not_idempotent=True)  # fmt: skip
def save_lora(
    *,
    lora: LORA,
    prefix: Annotated[str, Text(), "Start of the file's name; in loras/, LoRA loaders find it."] = "loras/Easel_lora",
    steps: Annotated[int | None, Int(), "Written into the name.", Slot(optional=True)] = None,
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Write a LoRA as safetensors, in names that other programs read, too."""
    data = save({name: value.contiguous() for name, value in lora.items()}, workflow_tags(saver, prompt, extra_pnginfo))
    stem = fill_in(prefix, 0, 0) + ("" if steps is None else f"_{steps}_steps")
    saver.save(lambda file: file.write(data), stem, ".safetensors", place="output")
    return Done()


@node("LossGraphNode", display_name="Plot Loss Graph", category="training", output=True, experimental=True,
      needs_device=False, not_idempotent=True)  # fmt: skip
def plot_losses(
    *,
    loss: LOSSES,
    filename_prefix: Annotated[str, Text(), "Start of the picture's name in the temp folder."] = "loss_graph",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Draw the losses of a training, step by step."""
    picture = draw_curve(list(enumerate(loss["loss"], 1)), counted="steps")
    metadata = {**({"prompt": prompt} if prompt else {}), **(extra_pnginfo or {})}
    return Done((), {"images": [saver.save_png(picture, filename_prefix, place="temp", metadata=metadata)]})


class _Wanted(NamedTuple):
    """What is to be trained: pictures and captions, how, from which file on, and what the network computes in."""

    samples: Sequence[tuple[Tensor, Cond]]
    ask: LoraAsk
    pace: Pace
    existing: str
    dtype: str


def _train(
    base: Model, wanted: _Wanted, memory: Memory, folders: Folders, run: Run
) -> tuple[dict[str, Tensor], list[float]]:
    """(the file's weights, the loss of every step). What is left behind when it is stopped is gone on from."""
    # Nodes run without gradients; this one makes tensors of its own, with them.
    with torch.inference_mode(False), torch.enable_grad():
        rows = [(base.family.latent.scale_in(latent[0].cpu().clone()), cond.tokens[0].cpu().clone())
                for latent, cond in wanted.samples]  # fmt: skip
        folder = folders.user / "training" / _fingerprint(base, rows, *wanted[1:])
        losses = read_losses(folder)

        def on_step(done: int, total: int, loss: float) -> None:
            losses.append((done, loss))
            run.progress(done, total, lambda: draw_curve(losses))

        start = {}
        if wanted.existing != NONE:
            start = read_start(base, folders.find("loras", wanted.existing), wanted.ask)
        networks = copy_denoiser(base)
        # Diffusers' own way of converting remarks on it.
        nn.Module.to(networks.unet, memory.device, DTYPES[wanted.dtype])
        latents, tokens = [row[0] for row in rows], [row[1] for row in rows]
        weights = train_lora(networks, latents, tokens, folder, wanted.pace, wanted.ask, on_step, start)
    shutil.rmtree(folder, ignore_errors=True)
    return weights, [loss for _, loss in losses]


def _laid_over(model: Model, lora: Mapping[str, Tensor], strength: float) -> Model:
    return apply(model, None, make_lora(lora, "The trained LoRA"), strength, 0.0)[0]


def _fingerprint(model: Model, rows: Sequence[tuple[Tensor, Tensor]], *asked: Any) -> str:
    """A name for the state of one training: another data set, model or setting does not go on from it."""
    found = hashlib.sha256(repr((model.network.name, len(model.adapters), asked)).encode())
    for row in rows:
        for tensor in row:
            found.update(tensor.float().contiguous().numpy().tobytes())
    return found.hexdigest()[:20]
