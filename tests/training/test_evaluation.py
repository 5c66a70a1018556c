from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.diffusion.tiny import write_sd1_checkpoint
from tests.training.small import CONCEPTS, disc, small_composer
from training.evaluation.figures import Figures, measure_figures, measure_variety
from training.evaluation.judge import SIDE, Judge, classify, draw_renderings, frame_things, train_judge
from training.evaluation.outlines import measure_outlines, overlap
from training.evaluation.prompts import Prompt, read_prompts
from training.networks import open_networks
from training.starter.compose import Composer
from training.starter.concepts import all_concepts, find_concept
from training.starter.control import begin_control
from training.starter.export import export_controlnet
from training.starter.recipe import QUICK
from training.starter.scene import STYLES, Scene, Thing


def perfect_picture(prompt: Prompt, composer: Composer) -> np.typing.NDArray[np.uint8]:
    things = tuple(Thing(find_concept(word), find_concept(word).drawings[0], prompt.colour) for word in prompt.concepts)
    scene = Scene(things, "3d", prompt.background or "white", prompt.position)
    return composer.paint(scene, random.Random(0))


def composer_of_everything() -> Composer:
    """Every drawing is a grey disc: right in colour and place, though it looks like nothing."""
    names = [name for concept in all_concepts() for name in concept.drawings]
    return Composer({f"{style}/{name}": disc((120, 120, 120)) for name in names for style in STYLES}, 64)


def test_pictures_that_do_what_was_asked_score_full_marks() -> None:
    prompts = read_prompts()
    composer = composer_of_everything()
    pictures = np.stack([perfect_picture(prompt, composer) for prompt in prompts])
    torch.manual_seed(0)
    figures = measure_figures(prompts, pictures, Judge(len(all_concepts())).eval())
    # A grey disc on a grey background cannot be told from it; no prompt of these measures is lost to that.
    assert (figures.prompts, figures.background, figures.colour, figures.position) == (200, 1.0, 1.0, 1.0)
    # The judge knows nothing yet, and all drawings are alike.
    assert figures.top1 < 0.1
    assert figures.both < 0.2


def test_a_thing_fills_its_frame_wherever_it_stands() -> None:
    composer = small_composer(128)
    scene = Scene((Thing(CONCEPTS[0], CONCEPTS[0].drawings[0], "red"),), "3d", "white", position="left")
    framed = frame_things(composer.paint(scene, random.Random(0))[None])[0]
    inside = (framed - 1).abs().sum(dim=0) > 0.3
    assert framed.shape == (3, SIDE, SIDE)
    assert all(bool(rim.any()) for rim in (inside[1], inside[-2], inside[:, 1], inside[:, -2]))


def test_what_a_vae_leaves_at_the_rim_and_single_pixels_do_not_widen_the_frame() -> None:
    clean = np.full((128, 128, 3), 255, np.uint8)
    clean[40:80, 50:90] = (200, 30, 30)
    touched = clean.copy()
    touched[0], touched[:, 127], touched[10, 10] = 180, 200, 0
    assert torch.equal(frame_things(clean[None]), frame_things(touched[None]))


def test_a_frame_that_reaches_beyond_the_picture_shows_its_background_there() -> None:
    picture = np.full((128, 128, 3), (20, 90, 200), np.uint8)
    picture[8:28, 20:120] = 250
    framed = frame_things(picture[None])[0]
    above = framed[:, 0]
    assert torch.allclose(above, torch.tensor([20.0, 90, 200])[:, None] / 255)


def test_an_empty_picture_is_framed_whole() -> None:
    assert torch.equal(frame_things(np.full((1, 32, 32, 3), 255, np.uint8)), torch.ones(1, 3, SIDE, SIDE))


@pytest.mark.slow
def test_a_judge_learns_to_name_renderings(tmp_path: Path) -> None:
    composer = small_composer()
    for name in composer.sprites:
        if name.endswith("dog-face") or name.endswith("dog"):
            composer.sprites[name][40:120, 40:120, 3] = 0
    judge, accuracy = train_judge(CONCEPTS[:2], composer, STYLES, tmp_path, samples=1536, held_out=60, width=16)
    assert accuracy > 0.9
    pictures, truths = draw_renderings(random.Random(7), CONCEPTS[:2], composer, STYLES, 4)
    named = classify(judge, (pictures.movedim(1, -1) * 255).byte().numpy())
    assert len(named.top(2, truths.tolist())) == 4
    assert all(named.top(2, truths.tolist()))


def test_a_controlnet_that_says_nothing_leaves_outlines_as_they_are_without_it(tmp_path: Path) -> None:
    recipe = replace(QUICK, inner_widths=(8, 8))  # 8 heads, as the tiny U-Net has them
    checkpoint, path = write_sd1_checkpoint(tmp_path / "tiny.safetensors"), tmp_path / "edges.safetensors"
    export_controlnet(begin_control(open_networks(checkpoint).unet, None), recipe, path)
    found = measure_outlines(checkpoint, path, small_composer(), 2, 3.0, count=3)
    assert found.without == found.guided
    assert 0 <= found.without < 1


def test_overlap_is_what_two_shapes_share_of_all_they_cover() -> None:
    left, right = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    left[:, :3], right[:, 1:] = True, True
    assert (overlap(left, right), overlap(left, left), overlap(left, ~left)) == (0.5, 1.0, 0.0)


def test_equal_pictures_have_no_variety_and_the_art_has_some() -> None:
    torch.manual_seed(0)
    judge = Judge(3).eval()
    composer = small_composer(128)
    scene = Scene((Thing(CONCEPTS[0], CONCEPTS[0].drawings[0]),), "3d", "white")
    pictures = composer.paint(scene, random.Random(0))[None]
    variety = measure_variety(pictures, pictures, judge, composer, [CONCEPTS[0].word])
    assert abs(variety.seed_pixels) < 1e-6
    assert abs(variety.seed_embedding) < 1e-5
    assert variety.art_pixels > 0.01


def test_the_table_says_what_was_not_measured() -> None:
    figures = Figures(prompts=1, top1=0.5, top5=1.0, background=float("nan"), colour=0, position=0, both=0, held_out=0)
    table = figures.as_table()
    assert "| concept named by the judge, first guess | 50% | 70% |" in table
    assert "| background colour | nan% | 95% |" in table
