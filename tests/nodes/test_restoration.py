"""Around SeedVR2 and Marigold: padding, cutting, colours, films in pieces, predictions as pictures."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.latent_films import crossfade
from diffusion.memory import Memory, Precision
from diffusion.pixels.colour import to_lab
from diffusion.pixels.restoration import swap_low_frequencies
from diffusion.values import Latent
from graph.errors import Cancelled, UserError
from graph.events import CallProgress, Event
from graph.node import Done, node
from graph.run import Run
from nodes import restoration
from nodes.ports import LATENT
from nodes.restoration import merge_latents, postprocess, preprocess, show_prediction, split_latent
from tests.nodes.bench import Bench

RUN = Run("run", emit=lambda _: None)
MANUAL = {"chunking_mode": "manual", "frames_per_chunk": 9}  # three latent frames


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def film(frames: int, side: int = 2) -> Latent:
    """Every latent frame holds its number."""
    return Latent(torch.arange(float(frames)).reshape(1, 1, -1, 1, 1).expand(1, 16, frames, side, side).contiguous())


def numbers(latent: Latent) -> list[float]:
    return [round(v, 4) for v in latent.samples[0, 0, :, 0, 0].tolist()]


@node("Film", category="test")
def film_of_eight() -> LATENT:
    """Eight frames."""
    return film(8)


@node("PlusOne", category="test")
def plus_one(*, latent: LATENT) -> LATENT:
    """One more, everywhere."""
    return Latent(latent.samples + 1)


@node("Tell", category="test", output=True)
def tell(*, latent: LATENT) -> Done[None]:
    """The numbers of the frames."""
    return Done((), {"text": [numbers(latent)]})


# Before and after


def test_frames_are_padded_with_black_to_sixteens_and_repeated_to_four_n_plus_one() -> None:
    frames = noise(6, 30, 17, 4) * 3 - 1
    prepared = preprocess(resized_images=frames)
    assert prepared.shape == (9, 32, 32, 3)
    assert torch.equal(prepared[:6, :30, :17], frames[..., :3].clamp(0, 1))
    assert torch.equal(prepared[6:], prepared[5:6].expand(3, -1, -1, -1))
    assert not prepared[:, 30:].any()
    assert not prepared[:, :, 17:].any()


@pytest.mark.parametrize(("count", "padded"), [(1, 1), (2, 5), (5, 5), (6, 9)])
def test_film_lengths_go_up_to_the_next_four_n_plus_one(count: int, padded: int) -> None:
    assert len(preprocess(resized_images=noise(count, 16, 16, 3))) == padded


def test_the_result_is_cut_to_the_original_and_takes_its_transparency() -> None:
    restored, original = noise(9, 32, 32, 3), noise(6, 31, 17, 4, seed=1)
    finished = postprocess(images=restored, original_resized_images=original, color_correction_method="none", run=RUN)
    assert finished.shape == (6, 30, 16, 4)
    assert torch.equal(finished[..., :3], restored[:6, :30, :16])
    assert torch.equal(finished[..., 3], original[:, :30, :16, 3])


def test_adain_gives_each_frame_the_mean_and_spread_of_its_own_original() -> None:
    restored, original = noise(2, 16, 16, 3) * 0.3, noise(2, 16, 16, 3, seed=1) * 0.4 + torch.tensor([0.1, 0.2, 0.3])
    finished = postprocess(images=restored, original_resized_images=original, color_correction_method="adain", run=RUN)
    for of in (torch.mean, torch.std):
        torch.testing.assert_close(of(finished, (1, 2)), of(original, (1, 2)), atol=1e-4, rtol=1e-4)
    # A line through the values: their order stays.
    assert torch.equal(finished[0, ..., 0].flatten().argsort(), restored[0, ..., 0].flatten().argsort())


def test_wavelet_keeps_detail_and_takes_what_is_coarse() -> None:
    original = torch.full((1, 128, 128, 3), 0.5)
    stripes = torch.zeros(128).index_fill(0, torch.arange(0, 128, 2), 0.2)  # the finest detail there is
    restored = stripes[None, None, :, None].expand(1, 128, 128, 3) + 0.1
    finished = postprocess(
        images=restored, original_resized_images=original, color_correction_method="wavelet", run=RUN
    )
    # Far from the edges the stripes stand as they were, around the original's grey instead of their own mean of 0.2.
    torch.testing.assert_close(finished[0, 4, 56:72], restored[0, 4, 56:72] + 0.3, atol=1e-3, rtol=0)


def test_in_a_small_picture_wavelets_reach_an_eighth_of_its_side() -> None:
    original, restored = torch.zeros(1, 8, 8, 3), torch.zeros(1, 8, 8, 3)
    restored[0, 0, 0] = 1.0
    finished = postprocess(
        images=restored, original_resized_images=original, color_correction_method="wavelet", run=RUN
    )
    smooth = torch.zeros(8).index_fill(0, torch.tensor([0]), 1.0)
    for _ in range(5):  # [1, 2, 1] / 4 to the next pixel, five times
        padded = torch.cat([smooth[:1], smooth, smooth[-1:]])
        smooth = padded[:-2] / 4 + padded[1:-1] / 2 + padded[2:] / 4
    expected = (restored[0, ..., 0] - smooth[:, None] * smooth).clamp(0, 1)
    torch.testing.assert_close(finished[0, ..., 0], expected, atol=1e-6, rtol=0)


def test_wavelet_of_a_picture_and_itself_changes_nothing() -> None:
    picture = noise(1, 32, 32, 3)
    finished = postprocess(images=picture, original_resized_images=picture, color_correction_method="wavelet", run=RUN)
    torch.testing.assert_close(finished, picture, atol=1e-6, rtol=0)


def test_lab_swaps_what_is_coarse_and_matches_the_distribution_of_a_and_b_and_a_fifth_of_the_lightness() -> None:
    # Greys and soft colours, so that nothing is clipped.
    restored, original = noise(1, 16, 16, 3) * 0.2 + 0.4, noise(1, 16, 16, 3, seed=1) * 0.2 + 0.45
    finished = postprocess(images=restored, original_resized_images=original, color_correction_method="lab", run=RUN)
    swapped = swap_low_frequencies(restored, original)
    got, own, wanted = (to_lab(picture).reshape(-1, 3) for picture in (finished, swapped, original))
    torch.testing.assert_close(got[:, 1:].sort(0).values, wanted[:, 1:].sort(0).values, atol=0.02, rtol=0)
    ranked = wanted[:, 0].sort().values[own[:, 0].argsort().argsort()]
    torch.testing.assert_close(got[:, 0], own[:, 0] * 0.8 + ranked * 0.2, atol=0.02, rtol=0)


def test_pictures_of_nothing_are_refused() -> None:
    with pytest.raises(DiffusionError, match="2 pixels"):
        preprocess(resized_images=noise(1, 1, 9, 3))
    with pytest.raises(DiffusionError, match="less than 2"):
        postprocess(images=noise(1, 1, 9, 3), original_resized_images=noise(1, 9, 9, 3), run=RUN)


# Films in pieces


def test_a_film_is_split_into_pieces_that_share_frames(memory: Memory) -> None:
    chunks, overlap = split_latent(latent=film(8), temporal_overlap=1, chunking_mode=MANUAL, memory=memory)
    assert ([numbers(chunk) for chunk in chunks], overlap) == ([[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7]], 1)


@pytest.mark.parametrize("overlap", [0, 1, 2, 7])
def test_pieces_that_were_not_changed_make_the_film_again(memory: Memory, overlap: int) -> None:
    whole = film(11)
    chunks, shared = split_latent(latent=whole, temporal_overlap=overlap, chunking_mode=MANUAL, memory=memory)
    assert shared == min(overlap, 2)
    torch.testing.assert_close(merge_latents(latents=chunks, temporal_overlap=[shared]).samples, whole.samples)


def test_a_short_film_stays_whole_and_auto_takes_what_fits(memory: Memory) -> None:
    short = split_latent(latent=film(3), temporal_overlap=2, chunking_mode=MANUAL, memory=memory)
    assert ([numbers(chunk) for chunk in short.latents], short.temporal_overlap) == ([[0, 1, 2]], 0)
    # A frame of 2000 x 2000 latent points needs 147 GB by the estimate: one at a time.
    wide = Latent(torch.zeros(1, 1, 1, 1, 1).expand(1, 16, 3, 2000, 2000))
    auto = split_latent(latent=wide, temporal_overlap=2, chunking_mode={"chunking_mode": "auto"}, memory=memory)
    assert ([chunk.samples.shape[2] for chunk in auto.latents], auto.temporal_overlap) == ([1, 1, 1], 0)


def test_shared_frames_fade_along_a_hann_window() -> None:
    old, new = torch.zeros(1, 1, 7, 1, 1), torch.ones(1, 1, 7, 1, 1)
    assert crossfade(old, new).flatten().tolist() == pytest.approx([0, 0, 0, 0.5, 1, 1, 1], abs=1e-6)
    one = crossfade(old[:, :, :1], new[:, :, :1])  # a single frame stays the first piece's
    assert one.flatten().tolist() == [0.0]
    ninth = crossfade(torch.zeros(1, 1, 13, 1, 1), torch.ones(1, 1, 13, 1, 1)).flatten()
    assert ninth[3:10].tolist() == pytest.approx([0, 0, 0.1464, 0.5, 0.8536, 1, 1], abs=1e-4)  # sin^2(22.5 deg) ...


def test_the_whole_film_has_no_piece_s_mask() -> None:
    pieces = [replace(film(2), mask=torch.ones(1, 1, 2, 2)), film(2)]
    assert merge_latents(latents=pieces, temporal_overlap=[0]).mask is None


def test_latents_that_do_not_belong_are_refused(memory: Memory) -> None:
    with pytest.raises(UserError, match="4n"):
        split_latent(latent=film(8), chunking_mode={**MANUAL, "frames_per_chunk": 8}, memory=memory)
    with pytest.raises(UserError, match="16 channels"):
        split_latent(latent=Latent(torch.zeros(1, 4, 8, 8)), chunking_mode=MANUAL, memory=memory)
    with pytest.raises(DiffusionError, match="Piece 2"):
        merge_latents(latents=[film(2), film(2, side=3)], temporal_overlap=[0])


def test_pieces_run_one_by_one_through_the_engine_and_merge(memory: Memory) -> None:
    bench = Bench(restoration, sys.modules[__name__], services={Memory: memory})
    result = bench.run(
        film=("Film", {}),
        split=("SeedVR2TemporalChunk", {"latent": ["film", 0], "temporal_overlap": 1, "chunking_mode": "manual",
                                        "chunking_mode.frames_per_chunk": 9}),
        plus=("PlusOne", {"latent": ["split", 0]}),
        merged=("SeedVR2TemporalMerge", {"latents": ["plus", 0], "temporal_overlap": ["split", 1]}),
        told=("Tell", {"latent": ["merged", 0]}),
    )  # fmt: skip
    assert result.failure == ""
    assert result.shown["told"] == {"text": [[1, 2, 3, 4, 5, 6, 7, 8]]}


# Predictions


def test_near_is_bright_and_each_picture_has_its_own_ends() -> None:
    distance = torch.tensor([[[0.2, 0.4], [0.6, 0.3]], [[0.5, 0.5], [0.5, 0.5]]])[..., None].expand(2, 2, 2, 3)
    shown = show_prediction(image=distance, prediction="depth")
    torch.testing.assert_close(shown[0, ..., 0], torch.tensor([[1.0, 0.5], [0.0, 0.75]]))
    assert torch.equal(shown[..., 0], shown[..., 2])
    assert not shown[1].any()


def test_normals_become_unit_long() -> None:
    image = torch.tensor([[[[0.5, 0.5, 0.75], [0.8, 0.5, 0.9]]]])
    shown = show_prediction(image=image, prediction="normals")
    torch.testing.assert_close(shown[0, 0], torch.tensor([[0.5, 0.5, 1.0], [0.8, 0.5, 0.9]]))  # (0.6, 0, 0.8) is long 1


def test_albedo_is_shown_as_srgb() -> None:
    # IEC 61966-2-1: linear 0.214041 is sRGB 0.5.
    shown = show_prediction(image=torch.full((1, 1, 1, 3), 0.214041), prediction="albedo")
    assert shown.flatten().tolist() == pytest.approx([0.5] * 3, abs=1e-5)


def test_correcting_colours_reports_each_frame_and_stops_when_the_run_is_cancelled() -> None:
    told: list[Event] = []
    run = Run("run", emit=told.append)
    film = noise(3, 16, 16, 3)
    postprocess(images=film, original_resized_images=film, run=run)
    assert [(event.done, event.total) for event in told if isinstance(event, CallProgress)] == [(1, 3), (2, 3), (3, 3)]
    run.cancel()
    with pytest.raises(Cancelled):
        postprocess(images=film, original_resized_images=film, run=run)


def test_frames_of_another_precision_are_corrected_too() -> None:
    film = noise(1, 16, 16, 3)
    finished = postprocess(images=film.half(), original_resized_images=film.bfloat16(), run=RUN)
    assert finished.dtype == torch.float32


def test_pieces_are_joined_without_an_overlap_where_none_is_linked() -> None:
    pieces = [film(2), film(3)]
    assert numbers(merge_latents(latents=pieces)) == [0.0, 1.0, 0.0, 1.0, 2.0]
