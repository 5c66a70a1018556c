"""Pictures changed pixel by pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.pixels import colour
from diffusion.pixels.palette import DITHERS, bayer
from graph.errors import UserError
from graph.events import CallProgress, Event
from graph.node import Done, nodes_of
from graph.run import Run
from nodes import image_effects as nodes

RUN = Run("run", emit=lambda _: None)


def grey(value: float, height: int = 4, width: int = 4) -> Tensor:
    return torch.full((1, height, width, 3), value)


def noise(height: int = 12, width: int = 16, seed: int = 0) -> Tensor:
    return torch.rand(1, height, width, 3, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("mode", "result"),  # of 0.2 under 0.6, W3C compositing level 1, section 10.1
    [
        ("normal", 0.6),
        ("multiply", 0.12),
        ("screen", 0.68),
        ("overlay", 0.24),
        ("soft_light", 0.2 + 0.2 * (((16 * 0.2 - 12) * 0.2 + 4) * 0.2 - 0.2)),
        ("difference", 0.0),  # the field clips 0.2 - 0.6
    ],
)
def test_blends_follow_their_formulas(mode: str, result: float) -> None:
    blended = nodes.blend_images(image1=grey(0.2), image2=grey(0.6), blend_factor=1.0, blend_mode=mode)
    assert blended[0, 0, 0, 0].item() == pytest.approx(result, abs=1e-6)


def test_the_blend_factor_mixes_the_blend_with_the_first_picture() -> None:
    blended = nodes.blend_images(image1=grey(0.2), image2=grey(0.6), blend_factor=0.25, blend_mode="screen")
    assert blended[0, 0, 0, 0].item() == pytest.approx(0.75 * 0.2 + 0.25 * 0.68)


def test_the_second_picture_of_a_blend_takes_the_first_ones_size_and_batch() -> None:
    blended = nodes.blend_images(
        image1=grey(0.0).repeat(3, 1, 1, 1), image2=grey(1.0, 9, 9), blend_factor=0.5, blend_mode="normal"
    )
    assert torch.equal(blended, torch.full((3, 4, 4, 3), 0.5))


def test_a_point_blurs_into_the_kernel() -> None:
    point = torch.zeros(1, 7, 7, 3)
    point[:, 3, 3] = 1.0
    blurred = nodes.blur_image(image=point, blur_radius=1, sigma=1.0, run=RUN)[0, 2:5, 2:5, 0]
    line = np.exp([-0.5, 0.0, -0.5])  # at -1, 0, 1 radii
    line /= line.sum()
    assert np.allclose(blurred.numpy(), np.outer(line, line), atol=1e-6)


def test_blurring_keeps_flat_pictures_and_works_where_the_radius_is_larger_than_the_picture() -> None:
    assert torch.allclose(nodes.blur_image(image=grey(0.3), blur_radius=31, sigma=10.0, run=RUN), grey(0.3), atol=1e-5)
    assert nodes.blur_image(image=noise(2, 3), blur_radius=31, run=RUN).shape == (1, 2, 3, 3)


def test_sharpening_adds_ten_times_alpha_of_the_difference_from_the_blur() -> None:
    image = 0.5 + 0.01 * noise()
    expected = image + 2.0 * (image - nodes.blur_image(image=image, blur_radius=2, sigma=1.5, run=RUN))
    sharp = nodes.sharpen_image(image=image, sharpen_radius=2, sigma=1.5, alpha=0.2, run=RUN)
    assert torch.allclose(sharp, expected, atol=1e-6)


@pytest.mark.parametrize("dither", DITHERS)
def test_a_quantized_picture_has_no_more_colours_than_asked_for(dither: str) -> None:
    few = nodes.quantize_image(image=noise(), colors=5, dither=dither, run=RUN)
    assert len(torch.unique(few.reshape(-1, 3), dim=0)) <= 5


def test_dithering_shows_colours_between_by_mixing_those_there_are() -> None:
    ramp = torch.linspace(0, 1, 256).reshape(1, 1, 256, 1).repeat(1, 16, 1, 3)
    part = slice(72, 120)  # all nearer to the darker one of two colours

    def error(dither: str) -> float:
        few = nodes.quantize_image(image=ramp, colors=2, dither=dither, run=RUN)
        return abs(few[:, :, part].mean().item() - ramp[:, :, part].mean().item())

    assert error("none") > 0.1
    assert max(error(dither) for dither in DITHERS if dither != "none") < 0.07


def test_bayer_thresholds_are_the_standard_matrix_centred() -> None:
    ranks = torch.tensor([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
    assert torch.allclose(bayer(4), (ranks + 0.5) / 16 - 0.5)


@pytest.mark.parametrize("size", [3, 4, 7])
def test_morphology_is_that_of_scipy(size: int) -> None:
    from scipy import ndimage  # type: ignore[import-untyped]  # it ships no types

    image = noise()
    plane = image[0, :, :, 0].numpy()
    kwargs: dict[str, Any] = {"size": (size, size), "mode": "nearest"}
    dilated, eroded = ndimage.maximum_filter(plane, **kwargs), ndimage.minimum_filter(plane, **kwargs)
    closed, opened = ndimage.minimum_filter(dilated, **kwargs), ndimage.maximum_filter(eroded, **kwargs)
    expected = {
        "dilate": dilated,
        "erode": eroded,
        "open": opened,
        "close": closed,
        "gradient": dilated - eroded,
        "top_hat": plane - opened,
        "bottom_hat": closed - plane,
    }
    for operation, result in expected.items():
        ours = nodes.change_shapes(image=image, operation=operation, kernel_size=size, run=RUN)[0, :, :, 0].numpy()
        assert np.allclose(ours, result, atol=1e-6), operation


def test_edges_are_lines_one_pixel_wide_where_brightness_jumps() -> None:
    step = torch.zeros(1, 16, 16, 3)
    step[:, :, 8:] = 1.0
    lines = nodes.detect_edges(image=step, run=RUN)[0, :, :, 0]
    assert lines.sum(1).tolist() == [1.0] * 16
    assert lines[:, 7:9].sum() == 16
    assert nodes.detect_edges(image=grey(0.7), run=RUN).sum() == 0


def test_weak_edges_stay_only_where_they_touch_strong_ones() -> None:
    def ramp(height: float) -> Tensor:
        return torch.sigmoid((torch.arange(24.0) - 11.7) * 2) * height

    strength = torch.linspace(0.05, 1.0, 24).reshape(24, 1)
    image = (ramp(1.0) * strength).reshape(1, 24, 24, 1).repeat(1, 1, 1, 3)
    joined = nodes.detect_edges(image=image, low_threshold=0.3, high_threshold=0.9, run=RUN)[0, :, :, 0].sum(1) > 0
    strict = nodes.detect_edges(image=image, low_threshold=0.9, high_threshold=0.9, run=RUN)[0, :, :, 0].sum(1) > 0
    alone = nodes.detect_edges(image=image * 0.4, low_threshold=0.3, high_threshold=0.99, run=RUN)
    assert int(joined.sum()) > int(strict.sum()) > 0
    assert alone.sum() == 0


def test_noise_of_a_seed_is_the_cpu_generators() -> None:
    noisy = nodes.add_noise(image=grey(0.5), seed=7, strength=0.1)
    expected = 0.5 + 0.1 * torch.randn(1, 4, 4, 3, generator=torch.Generator().manual_seed(7))
    assert torch.allclose(noisy, expected.clamp(0, 1))


def test_planes_of_different_sizes_are_told_in_words() -> None:
    with pytest.raises(UserError, match="they are 1 of 4 x 4, 1 of 4 x 4, 2 of 8 x 4"):
        nodes.join_yuv(Y=torch.zeros(1, 4, 4, 3), U=torch.zeros(1, 4, 4, 3), V=torch.zeros(2, 4, 8, 3))


def test_brightness_and_colour_differences_make_the_picture_again() -> None:
    image = noise()
    y, u, v = nodes.split_yuv(image=image)
    assert torch.allclose(nodes.join_yuv(Y=y, U=u, V=v), image, atol=4e-3)
    red = nodes.split_yuv(image=torch.tensor([1.0, 0.0, 0.0]).expand(1, 1, 1, 3))
    assert [round(plane.mean().item(), 3) for plane in red] == [0.299, 0.331, 1.0]


def test_a_codec_leaves_its_marks_more_at_higher_numbers_and_none_at_0() -> None:
    image = noise(32, 33)
    assert nodes.compress_image(image=image, img_compression=0) is image
    errors = []
    for crf in (10, 40):
        marked = nodes.compress_image(image=image, img_compression=crf)
        assert marked.shape == (1, 32, 32, 3)
        errors.append((marked - image[:, :, :32]).abs().mean().item())
    assert 0 < errors[0] < errors[1] < 0.3


STATS = [
    {"source_stats": "per_frame"},
    {"source_stats": "uniform"},
    {"source_stats": "target_frame", "target_index": 0},
]


def moved(method: str, stats: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Pixels ``(n, 3)`` of a picture given the colours of a reference, and the reference's."""
    target = 0.3 + 0.1 * noise(32, 32)
    reference = 0.4 + 0.2 * noise(32, 32, seed=1) * torch.tensor([1.0, 0.6, 0.8])
    changed = nodes.transfer_colours(
        image_target=target, image_ref=reference, method=method, source_stats=stats, run=RUN
    )
    return changed.reshape(-1, 3), reference.reshape(-1, 3)


@pytest.mark.parametrize("stats", STATS, ids=lambda s: s["source_stats"])
def test_reinhard_gives_each_lab_axis_the_references_mean_and_deviation(stats: dict[str, Any]) -> None:
    changed, reference = (colour.to_lab(pixels) for pixels in moved("reinhard_lab", stats))
    assert torch.allclose(changed.mean(0), reference.mean(0), atol=0.01)
    assert torch.allclose(changed.std(0), reference.std(0), atol=0.01)


@pytest.mark.parametrize("stats", STATS, ids=lambda s: s["source_stats"])
def test_the_linear_map_gives_lab_the_references_covariance(stats: dict[str, Any]) -> None:
    changed, reference = (colour.to_lab(pixels) for pixels in moved("mkl_lab", stats))
    assert torch.allclose(changed.mean(0), reference.mean(0), atol=0.01)
    assert torch.allclose(changed.T.cov(), reference.T.cov(), atol=0.05)


@pytest.mark.parametrize("stats", STATS, ids=lambda s: s["source_stats"])
def test_histograms_are_matched_at_every_quantile(stats: dict[str, Any]) -> None:
    changed, reference = moved("histogram", stats)
    shares = torch.linspace(0.05, 0.95, 10)
    assert torch.allclose(changed.quantile(shares, 0), reference.quantile(shares, 0), atol=0.005)


def test_a_target_frame_keeps_the_frames_differences() -> None:
    target = torch.cat([0.3 + 0.1 * noise(), 0.4 + 0.1 * noise()])
    options = {"source_stats": "target_frame", "target_index": 99}
    changed = nodes.transfer_colours(image_target=target, image_ref=0.5 * noise(seed=2), source_stats=options, run=RUN)
    each = nodes.transfer_colours(
        image_target=target, image_ref=0.5 * noise(seed=2), source_stats={"source_stats": "per_frame"}, run=RUN
    )
    assert changed[1].mean() - changed[0].mean() > 0.05
    assert (each[1].mean() - each[0].mean()).abs() < 0.01


def test_no_strength_and_no_reference_change_nothing() -> None:
    image, stats = noise(), {"source_stats": "per_frame"}
    assert nodes.transfer_colours(image_target=image, source_stats=stats, run=RUN) is image
    assert (
        nodes.transfer_colours(image_target=image, image_ref=image, source_stats=stats, strength=0.0, run=RUN) is image
    )


def test_lab_values_of_known_colours() -> None:
    # sRGB primaries under D65, as tabulated by B. Lindbloom
    table = {
        (1.0, 0.0, 0.0): (53.24, 80.09, 67.20),
        (0.0, 1.0, 0.0): (87.73, -86.18, 83.18),
        (1.0, 1.0, 1.0): (100.0, 0.0, 0.0),
    }
    for rgb, lab in table.items():
        assert colour.to_lab(torch.tensor(rgb)).tolist() == pytest.approx(lab, abs=0.02)
        assert colour.from_lab(torch.tensor(lab)).tolist() == pytest.approx(rgb, abs=2e-3)


def test_light_of_srgb_and_hlg_values() -> None:
    assert colour.to_linear(torch.tensor([0.0, 0.04045, 0.5, 1.0])).tolist() == pytest.approx(
        [0.0, 0.0031308, 0.21404, 1.0], abs=1e-5
    )
    assert colour.hlg_to_linear(torch.tensor([0.0, 0.5, 1.0])).tolist() == pytest.approx([0.0, 1 / 12, 1.0], abs=1e-5)


def test_quantizing_follows_pillows_own_palette() -> None:
    image = noise()
    picture = Image.fromarray((image[0] * 255).to(torch.uint8).numpy())
    palette = picture.quantize(8)
    expected = np.asarray(picture.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")) / 255
    assert np.allclose(nodes.quantize_image(image=image, colors=8, dither="none", run=RUN)[0].numpy(), expected)


@pytest.mark.parametrize("name", ["ImageBlur", "ImageSharpen", "ImageQuantize", "Morphology", "Canny"])
def test_a_film_is_changed_picture_by_picture_and_can_be_stopped_between_two(name: str) -> None:
    told: list[Event] = []
    film = torch.rand(3, 12, 16, 3, generator=torch.Generator().manual_seed(1))
    node = next(node for node in nodes_of(nodes) if node.spec.name == name)
    inputs = {"image": film, "operation": "dilate", "dither": "none"}
    done = node.call(
        {key: value for key, value in inputs.items() if key in node.spec.by_name}, Run("r", emit=told.append)
    )
    assert isinstance(done, Done)
    assert [(event.done, event.total) for event in told if isinstance(event, CallProgress)] == [(1, 3), (2, 3), (3, 3)]
    alone = node.call({**{k: v for k, v in inputs.items() if k in node.spec.by_name}, "image": film[1:2]}, RUN)
    assert isinstance(alone, Done)
    assert torch.equal(done.outputs[0][1:2], alone.outputs[0])


def test_pictures_of_different_precision_go_together() -> None:
    half, full = noise().half(), noise(seed=2)
    stats = {"source_stats": "per_frame"}
    assert nodes.blend_images(image1=half, image2=full, blend_mode="screen").dtype == torch.float32
    assert nodes.transfer_colours(image_target=half, image_ref=full, source_stats=stats, run=RUN).dtype == torch.float32


def test_colours_of_a_picture_that_is_no_numbers_are_refused_in_words() -> None:
    lost = torch.full((1, 8, 8, 3), float("nan"))
    with pytest.raises(DiffusionError, match="no numbers"):
        nodes.transfer_colours(
            image_target=noise(), image_ref=lost, method="mkl_lab", source_stats={"source_stats": "per_frame"}, run=RUN
        )
