"""Latents: arithmetic, batches, cuts, empty ones, files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.latents import fit_to
from diffusion.sampling.noise import RandomNoise
from diffusion.values import Latent
from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from nodes import latent, latent_batch, latent_empty, latent_files, latent_math, latent_transform


def noise(batch: int = 1, height: int = 8, width: int = 8, seed: int = 0, channels: int = 4) -> Latent:
    return Latent(torch.randn(batch, channels, height, width, generator=torch.Generator().manual_seed(seed)))


def numbered(*values: float, height: int = 2, width: int = 2) -> Latent:
    return Latent(torch.tensor(values).reshape(-1, 1, 1, 1).expand(-1, 4, height, width).contiguous())


def values(latent: Latent) -> list[float]:
    return [round(v, 3) for v in latent.samples.flatten(1)[:, 0].tolist()]


# Arithmetic


def test_latents_add_and_subtract_at_the_first_ones_size_and_batch() -> None:
    pair, one = numbered(1.0, 2.0), numbered(0.25, height=6, width=6)
    assert values(latent_math.add_latents(samples1=pair, samples2=one)) == [1.25, 2.25]
    assert values(latent_math.subtract_latents(samples1=pair, samples2=one)) == [0.75, 1.75]
    assert values(latent_math.multiply_latent(samples=pair, multiplier=-2.0)) == [-2.0, -4.0]
    assert values(latent_math.blend_latents(samples1=pair, samples2=one, blend_factor=0.2)) == [0.4, 0.6]


def test_interpolation_turns_and_scales_each_vector() -> None:
    a, b = torch.zeros(1, 4, 1, 1), torch.zeros(1, 4, 1, 1)
    a[0, 0], b[0, 1] = 2.0, 4.0
    half = latent_math.interpolate_latents(samples1=Latent(a), samples2=Latent(b), ratio=0.5).samples.flatten()
    assert half.tolist() == pytest.approx([3 / 2**0.5, 3 / 2**0.5, 0, 0])  # between the directions, length 3
    assert torch.allclose(latent_math.interpolate_latents(samples1=Latent(a), samples2=Latent(b), ratio=1.0).samples, a)
    assert torch.equal(
        latent_math.interpolate_latents(samples1=Latent(a * 0), samples2=Latent(b * 0), ratio=0.3).samples, a * 0
    )


def test_tonemapping_shortens_vectors_by_reinhards_curve_and_keeps_directions() -> None:
    latent = noise()
    mapped = latent_math.apply_operation(samples=latent, operation=latent_math.make_tonemap(multiplier=0.5)).samples
    length = latent.samples.norm(dim=1)
    end = 0.5 * (length.mean() + 5 * length.std())
    assert torch.allclose(mapped.norm(dim=1), length / (1 + length / end), atol=1e-4)
    assert torch.allclose(torch.cosine_similarity(mapped, latent.samples, dim=1), torch.ones(1, 8, 8), atol=1e-5)


def test_tonemapping_with_multiplier_0_leaves_nothing_and_no_nan() -> None:
    mapped = latent_math.make_tonemap(multiplier=0.0)(noise().samples)
    assert mapped.abs().max() < 1e-5


def test_sharpening_leaves_flat_latents_and_raises_contrast() -> None:
    sharpen = latent_math.make_sharpen(sharpen_radius=1, sigma=1.0, alpha=0.1)
    flat = numbered(0.7, height=9, width=9).samples
    assert torch.allclose(sharpen(flat), flat, atol=1e-5)
    assert sharpen(noise(height=32, width=32).samples).std() > noise(height=32, width=32).samples.std()


# Batches


def test_joined_latents_keep_the_noise_that_each_gets_alone() -> None:
    joined = latent_batch.batch_latents(latents={"latent0": numbered(0.1, 0.2), "latent1": numbered(0.3, height=4)})
    assert (values(joined), joined.batch_index) == ([0.1, 0.2, 0.3], (0, 1, 0))
    both = latent_batch.batch_two_latents(samples1=numbered(0.1), samples2=numbered(0.2))
    drawn = RandomNoise(5).generate(both)
    assert torch.equal(drawn[0], drawn[1])


def test_joined_latents_keep_their_masks_and_those_without_get_ones() -> None:
    masked = Latent(torch.zeros(1, 4, 2, 2), mask=torch.zeros(1, 16, 16))
    joined = latent_batch.batch_two_latents(samples1=masked, samples2=numbered(0.1))
    assert joined.mask is not None
    assert joined.mask.mean((1, 2)).tolist() == [0.0, 1.0]
    assert latent_batch.batch_two_latents(samples1=numbered(0.1), samples2=numbered(0.2)).mask is None


def test_latents_of_different_kinds_do_not_join() -> None:
    with pytest.raises(DiffusionError, match=r"\(1, 4, 8, 8\) and \(1, 16, 8, 8\)"):
        latent_batch.batch_two_latents(samples1=noise(), samples2=noise(channels=16))


def test_part_of_a_batch_gets_the_noise_that_it_has_in_the_whole() -> None:
    whole = numbered(0.0, 0.1, 0.2, 0.3)
    part = latent_batch.take_latents(samples=whole, batch_index=2, length=2)
    assert (values(part), part.batch_index) == ([0.2, 0.3], (2, 3))
    assert torch.equal(RandomNoise(1).generate(part), RandomNoise(1).generate(whole)[2:])
    nested = latent_batch.take_latents(samples=part, batch_index=40, length=1)
    assert (values(nested), nested.batch_index) == ([0.3], (3,))


def test_part_of_a_batch_keeps_its_masks() -> None:
    masks = torch.tensor([0.0, 0.5, 1.0]).reshape(3, 1, 1).expand(3, 8, 8)
    part = latent_batch.take_latents(samples=Latent(torch.zeros(3, 4, 1, 1), mask=masks), batch_index=1)
    assert part.mask is not None
    assert part.mask.tolist() == masks[1:2].tolist()


def test_repetitions_get_noise_of_their_own() -> None:
    part = Latent(torch.zeros(2, 4, 1, 1), batch_index=(2, 3), mask=torch.ones(2, 8, 8))
    repeated = latent_batch.repeat_latent(samples=part, amount=3)
    assert repeated.batch_index == (2, 3, 4, 5, 6, 7)
    assert repeated.mask is not None
    assert (len(repeated.samples), len(repeated.mask)) == (6, 6)


def test_rebatching_numbers_the_noise_through_and_starts_anew_where_shapes_change() -> None:
    batches = latent_batch.rebatch_latents(
        latents=[numbered(0.0, 0.1, 0.2), numbered(0.3), numbered(0.4, height=5)], batch_size=[2]
    )
    assert [values(batch) for batch in batches] == [[0.0, 0.1], [0.2, 0.3], [0.4]]
    assert [batch.batch_index for batch in batches] == [(0, 1), (2, 3), (4,)]


def test_a_fixed_seed_gives_every_picture_the_first_ones_noise() -> None:
    fixed = latent_batch.set_seed_behaviour(samples=numbered(0.0, 0.0), seed_behavior="fixed")
    assert fixed.batch_index == (0, 0)
    assert latent_batch.set_seed_behaviour(samples=fixed, seed_behavior="random").batch_index is None


def film(frames: int, value: float = 0.0) -> Latent:
    return Latent(torch.full((1, 4, frames, 2, 2), value))


def test_frames_are_replaced_from_an_index_that_may_count_from_the_end() -> None:
    replaced = latent_batch.replace_frames(destination=film(5), index=-2, source=film(2, 1.0))
    assert replaced.samples[0, 0, :, 0, 0].tolist() == [0.0, 0.0, 0.0, 1.0, 1.0]
    assert latent_batch.replace_frames(destination=film(5), index=3).samples.max() == 0.0
    with pytest.raises(UserError, match="2 latent frames at index 4 do not fit into 5"):
        latent_batch.replace_frames(destination=film(5), index=4, source=film(2))
    for other in (Latent(torch.zeros(1, 8, 8, 4, 4)), Latent(torch.zeros(1, 4, 8, 8))):
        with pytest.raises(UserError, match="Both have to be films"):
            latent_batch.replace_frames(destination=film(5), source=other)


# Cuts and turns


def plane(rows: list[list[float]]) -> Tensor:
    return torch.tensor(rows).reshape(1, 1, len(rows), -1)


def test_latents_flip_and_turn_with_their_masks() -> None:
    latent = Latent(plane([[1.0, 2.0], [3.0, 4.0]]), mask=torch.tensor([[[0.0, 1.0], [0.5, 0.0]]]))
    turned = latent_transform.rotate_latent(samples=latent, rotation="90 degrees")
    assert turned.samples[0, 0].tolist() == [[3.0, 1.0], [4.0, 2.0]]
    assert turned.mask is not None
    assert turned.mask[0].tolist() == [[0.5, 0.0], [0.0, 1.0]]
    flipped = latent_transform.flip_latent(samples=latent, flip_method="x-axis: vertically")
    assert flipped.samples[0, 0].tolist() == [[3.0, 4.0], [1.0, 2.0]]
    mirrored = latent_transform.flip_latent(samples=latent, flip_method="y-axis: horizontally")
    assert mirrored.samples[0, 0].tolist() == [[2.0, 1.0], [4.0, 3.0]]


def test_a_crop_counts_in_pixels_and_takes_a_finer_mask_along() -> None:
    latent = Latent(noise(height=20, width=24).samples, mask=torch.rand(1, 160, 192))
    cut = latent_transform.crop_latent(samples=latent, width=64, height=80, x=16, y=8)
    assert torch.equal(cut.samples, latent.samples[:, :, 1:11, 2:10])
    assert cut.mask is not None
    assert latent.mask is not None
    assert torch.equal(cut.mask, latent.mask[:, 8:88, 16:80])


def test_a_crop_keeps_at_least_64_pixels() -> None:
    cut = latent_transform.crop_latent(samples=noise(height=20, width=20), x=9999, y=9999)
    assert cut.samples.shape[-2:] == (8, 8)
    assert latent_transform.crop_latent(samples=noise(height=3, width=3), x=64).samples.shape[-2:] == (3, 3)


def test_a_latent_is_pasted_with_a_fade_on_the_sides_inside_of_the_other() -> None:
    target, source = Latent(torch.zeros(1, 1, 8, 8)), Latent(torch.ones(1, 1, 4, 4))
    pasted = latent_transform.paste_latent(samples_to=target, samples_from=source, x=16, y=0, feather=16).samples[0, 0]
    assert pasted[0].tolist() == [0, 0, 0.5, 1.0, 1.0, 0.5, 0, 0]  # columns fade on both sides
    assert pasted[:, 3].tolist() == [1.0, 1.0, 1.0, 0.5, 0, 0, 0, 0]  # the top lies at the border and does not
    assert target.samples.max() == 0


def test_a_masked_latent_is_pasted_where_the_mask_says() -> None:
    mask = torch.zeros(1, 32, 32)
    mask[:, :, :16] = 1.0
    source = Latent(torch.ones(1, 1, 4, 4))
    pasted = latent_transform.paste_latent_masked(
        destination=Latent(torch.zeros(1, 1, 4, 8)), source=source, x=8, mask=mask
    )
    assert pasted.samples[0, 0, 1].tolist() == [0, 1, 1, 0, 0, 0, 0, 0]


def test_latents_join_along_an_axis_and_a_minus_puts_the_second_first() -> None:
    one, two = numbered(1.0), numbered(2.0)
    beside = latent_transform.join_along(samples1=one, samples2=two, dim="x").samples
    assert beside[0, 0, 0].tolist() == [1, 1, 2, 2]
    assert latent_transform.join_along(samples1=one, samples2=two, dim="-y").samples[0, 0, :, 0].tolist() == [
        2,
        2,
        1,
        1,
    ]
    assert latent_transform.join_along(samples1=film(2), samples2=film(3), dim="t").samples.shape[2] == 5
    with pytest.raises(UserError, match="alike along the others"):
        latent_transform.join_along(samples1=one, samples2=numbered(2.0, height=5), dim="x")
    with pytest.raises(UserError, match="no axis t"):
        latent_transform.join_along(samples1=one, samples2=two, dim="t")


def test_a_stretch_is_cut_out_and_a_negative_index_counts_from_the_end() -> None:
    line = Latent(plane([[0.0, 1.0, 2.0, 3.0]]))
    cut = latent_transform.cut_latent(samples=line, dim="x", index=1, amount=2).samples
    assert cut.flatten().tolist() == [1, 2]
    assert latent_transform.cut_latent(samples=line, dim="x", index=-1, amount=9).samples.flatten().tolist() == [3]


def test_slices_become_a_batch_and_the_rest_is_dropped() -> None:
    line = Latent(plane([[0.0, 1.0, 2.0, 3.0, 4.0]]))
    batch = latent_transform.cut_latent_to_batch(samples=line, dim="x", slice_size=2).samples
    assert (batch.shape, batch.flatten().tolist()) == ((2, 1, 1, 2), [0, 1, 2, 3])
    frames = Latent(torch.arange(4.0).reshape(1, 1, 4, 1, 1).expand(1, 3, 4, 2, 2))
    sliced = latent_transform.cut_latent_to_batch(samples=frames, dim="t", slice_size=1).samples
    assert (sliced.shape, sliced[:, 0, 0, 0, 0].tolist()) == ((4, 3, 1, 2, 2), [0, 1, 2, 3])


def test_a_film_loses_its_first_frames() -> None:
    assert latent_transform.trim_film(samples=film(5), trim_amount=2).samples.shape[2] == 3


# Empty ones


@pytest.mark.parametrize(
    ("latent", "shape"),
    [
        (latent_empty.empty_sd3(batch_size=2), (2, 16, 128, 128)),
        (latent_empty.empty_flux2(), (1, 128, 64, 64)),
        (latent_empty.empty_hunyuan_image(), (1, 64, 64, 64)),
        (latent_empty.empty_radiance(width=32, height=16), (1, 3, 16, 32)),
        (latent_empty.empty_hidream_o1(width=96, height=64, batch_size=2), (2, 3, 64, 96)),
        (latent_empty.empty_layers(), (1, 16, 4, 80, 80)),
        (latent_empty.empty_cascade().stage_c, (1, 16, 24, 24)),
        (latent_empty.empty_cascade().stage_b, (1, 4, 256, 256)),
        (latent_empty.empty_hunyuan_film(), (1, 16, 7, 60, 106)),
        (latent_empty.empty_hunyuan15_film(), (1, 32, 7, 30, 53)),
        (latent_empty.empty_cosmos_film(), (1, 16, 16, 88, 160)),
        (latent_empty.empty_mochi_film(), (1, 12, 5, 60, 106)),
        (latent_empty.empty_ltx_film(), (1, 128, 13, 16, 24)),
        (latent_empty.empty_shape(), (1, 64, 3072)),
        (latent_empty.empty_sound(), (1, 64, 1024)),  # 47.6 s: what Stable Audio was trained on
        (latent_empty.empty_ace_step_sound(), (1, 8, 16, 1291)),
        (latent_empty.empty_ace_step15_sound(), (1, 64, 3000)),
    ],
)
def test_empty_latents_have_their_familys_shape(latent: Latent, shape: tuple[int, ...]) -> None:
    assert (tuple(latent.samples.shape), latent.samples.abs().sum().item()) == (shape, 0)


# Files


def test_a_latent_survives_its_file_bit_for_bit(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    latent = noise()
    done = latent_files.save_latent(samples=latent, prompt={"1": {}}, saver=Saver(folders))
    assert done.ui is not None
    (saved,) = done.ui["latents"]
    path = tmp_path / "output" / saved["subfolder"] / saved["filename"]
    with safe_open(path, "pt") as file:
        assert json.loads(file.metadata()["prompt"]) == {"1": {}}
    folders.input.mkdir()
    path.rename(folders.input / "a.latent")
    assert torch.equal(latent_files.load_latent(latent="a.latent", folders=folders).samples, latent.samples)


def test_files_from_before_the_version_key_are_unscaled(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.input.mkdir()
    save_file({"latent_tensor": torch.full((1, 4, 1, 1), 0.18215)}, folders.input / "old.latent")
    assert latent_files.load_latent(latent="old.latent", folders=folders).samples[0, 0].item() == pytest.approx(1.0)


def test_a_file_that_is_no_latent_is_told(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.input.mkdir()
    (folders.input / "x.latent").write_bytes(b"no latent at all")
    with pytest.raises(FileProblem, match=r"x\.latent holds no latent"):
        latent_files.load_latent(latent="x.latent", folders=folders)
    save_file({"weights": torch.zeros(1)}, folders.input / "x.latent")
    with pytest.raises(FileProblem, match=r"x\.latent holds no latent"):
        latent_files.load_latent(latent="x.latent", folders=folders)


def test_latents_are_fitted_by_cutting_to_the_others_proportions() -> None:
    wide = torch.zeros(1, 1, 2, 6)
    wide[..., 2:4] = 1.0
    assert fit_to(wide, torch.zeros(2, 1, 4, 4)).min() == 1.0


def test_the_first_frames_of_a_film_take_the_mean_and_spread_of_those_behind_them() -> None:
    generator = torch.Generator().manual_seed(0)
    frames = torch.randn(1, 4, 6, 8, 8, generator=generator)
    film = Latent(torch.cat([frames[:, :, :2] * 1.1 + 0.1, frames[:, :, 2:]], 2))
    calmed = latent_batch.normalize_start(latent=film, start_frame_count=2, reference_frame_count=3).samples
    target = film.samples[:, :, 2:5]
    for frame in range(2):
        assert float(calmed[:, :, frame].mean()) == pytest.approx(float(target.mean()), abs=1e-5)
        assert float(calmed[:, :, frame].std()) == pytest.approx(float(target.std()), abs=1e-5)
    assert torch.equal(calmed[:, :, 2:], film.samples[:, :, 2:])


def test_a_frame_is_moved_no_further_than_the_limit_and_a_film_without_frames_behind_stays() -> None:
    film = Latent(torch.cat([torch.full((1, 4, 1, 2, 2), 9.0), torch.zeros(1, 4, 2, 2, 2)], 2))
    calmed = latent_batch.normalize_start(latent=film, start_frame_count=1).samples
    assert float(calmed[0, 0, 0, 0, 0]) == pytest.approx(8.7)
    assert torch.equal(latent_batch.normalize_start(latent=film, start_frame_count=3).samples, film.samples)
    with pytest.raises(UserError, match="is no film"):
        latent_batch.normalize_start(latent=noise())


KINDS = {
    "picture": Latent(torch.zeros(1, 4, 8, 8)),
    "richer picture": Latent(torch.zeros(1, 16, 8, 8)),
    "film": Latent(torch.zeros(1, 16, 3, 8, 8)),
    "longer film": Latent(torch.zeros(1, 16, 5, 8, 8)),
    "sound": Latent(torch.zeros(1, 64, 30)),
    "longer sound": Latent(torch.zeros(1, 64, 40)),
}


@pytest.mark.parametrize(
    ("one", "other"),
    [("picture", "richer picture"), ("picture", "film"), ("film", "longer film"), ("sound", "film"),
     ("sound", "longer sound")],
)  # fmt: skip
def test_latents_of_different_kinds_are_told_apart_in_words(one: str, other: str) -> None:
    a, b = KINDS[one], KINDS[other]
    attempts: list[Callable[[], Latent]] = [
        lambda: latent_math.add_latents(samples1=a, samples2=b),
        lambda: latent_math.subtract_latents(samples1=b, samples2=a),
        lambda: latent_math.interpolate_latents(samples1=a, samples2=b),
        lambda: latent_math.blend_latents(samples1=a, samples2=b),
        lambda: latent_transform.paste_latent(samples_to=a, samples_from=b),
        lambda: latent_transform.paste_latent_masked(destination=a, source=b),
    ]
    for attempt in attempts:
        with pytest.raises(DiffusionError, match="different kinds"):
            attempt()


def test_one_frame_is_added_to_each_of_a_film() -> None:
    still = Latent(torch.ones(1, 16, 1, 8, 8))
    assert latent_math.add_latents(samples1=KINDS["film"], samples2=still).samples.min() == 1.0


def test_the_latent_of_a_sound_has_no_height_and_width() -> None:
    with pytest.raises(DiffusionError, match="no height and width"):
        latent.upscale_latent_by(samples=KINDS["sound"], scale_by=2.0)
