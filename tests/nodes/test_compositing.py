"""One picture on another."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.pixels.blend import MODES
from graph.errors import UserError
from nodes import compositing as nodes


def grey(value: float, width: int = 4, height: int = 4, channels: int = 3) -> Tensor:
    return torch.full((1, height, width, channels), value)


def row(image: Tensor, y: int = 0) -> list[float]:
    return [round(v, 3) for v in image[0, y, :, 0].tolist()]


def test_a_picture_is_pasted_at_its_place_and_cut_off_where_it_sticks_out() -> None:
    pasted = nodes.paste_image(destination=grey(0.0), source=grey(1.0), x=3, y=2)
    assert [row(pasted, y) for y in (1, 2)] == [[0.0] * 4, [0.0, 0.0, 0.0, 1.0]]


def test_pasting_beyond_the_picture_changes_nothing_and_leaves_the_destination_alone() -> None:
    target = grey(0.25)
    pasted = nodes.paste_image(destination=target, source=grey(1.0), x=10)
    assert torch.equal(pasted, target)
    nodes.paste_image(destination=target, source=grey(1.0))
    assert target.max() == 0.25


def test_a_mask_says_how_much_of_the_source_shows() -> None:
    mask = torch.tensor([[[0.0, 0.5, 1.0, 1.0]]]).expand(1, 4, 4)
    pasted = nodes.paste_image(destination=grey(0.0), source=grey(0.8), mask=mask)
    assert row(pasted) == [0.0, 0.4, 0.8, 0.8]


def test_a_source_can_be_stretched_and_repeats_over_the_batch() -> None:
    pasted = nodes.paste_image(destination=grey(0.0).repeat(3, 1, 1, 1), source=grey(1.0, 1, 1), resize_source=True)
    assert pasted.min() == 1.0


def test_a_picture_without_transparency_is_pasted_opaque() -> None:
    pasted = nodes.paste_image(destination=grey(0.0, channels=4), source=grey(0.5, 1, 1))
    assert pasted[0, 0, :2].tolist() == [[0.5, 0.5, 0.5, 1.0], [0.0, 0.0, 0.0, 0.0]]


def test_alpha_joined_to_a_picture_splits_off_again() -> None:
    mask = torch.tensor([[[0.0, 0.25], [0.5, 1.0]]])
    joined = nodes.join_alpha(image=grey(0.5, 2, 2), alpha=mask)
    assert joined[0, 0, 1].tolist() == [0.5, 0.5, 0.5, 0.75]
    image, transparency = nodes.split_alpha(image=joined)
    assert torch.equal(image, grey(0.5, 2, 2))
    assert torch.equal(transparency, mask)
    assert nodes.split_alpha(image=image).mask.tolist() == [[[0.0, 0.0], [0.0, 0.0]]]


def test_transparency_is_dropped_and_a_picture_without_stays() -> None:
    picture = torch.rand(2, 3, 4, 4)
    assert torch.equal(nodes.remove_alpha(image=picture), picture[..., :3])
    assert torch.equal(nodes.remove_alpha(image=picture[..., :3]), picture[..., :3])


def test_one_mask_serves_many_pictures_and_many_masks_one_picture() -> None:
    assert nodes.join_alpha(image=grey(0.5).repeat(3, 1, 1, 1), alpha=torch.zeros(1, 2, 2)).shape == (3, 4, 4, 4)
    assert nodes.join_alpha(image=grey(0.5), alpha=torch.zeros(2, 2, 2)).shape == (2, 4, 4, 4)


# Colour and alpha of source 0.8 at alpha 0.5 and destination 0.4 at alpha 0.75: Porter and Duff 1984, table of
# section 4.2 (ADD saturates); the others by the
# table of Android's PorterDuff.Mode.
OPAQUE = {
    "CLEAR": (0.0, 0.0),
    "SRC": (0.8, 0.5),
    "DST": (0.4, 0.75),
    "SRC_OVER": ((0.4 + 0.5 * 0.3) / 0.875, 0.875),
    "DST_OVER": ((0.3 + 0.25 * 0.4) / 0.875, 0.875),
    "SRC_IN": (0.8, 0.375),
    "DST_IN": (0.4, 0.375),
    "SRC_OUT": (0.8, 0.125),
    "DST_OUT": (0.4, 0.375),
    "SRC_ATOP": ((0.75 * 0.4 + 0.5 * 0.3) / 0.75, 0.75),
    "DST_ATOP": ((0.5 * 0.3 + 0.25 * 0.4) / 0.5, 0.5),
    "XOR": ((0.25 * 0.4 + 0.5 * 0.3) / 0.5, 0.5),
    "ADD": (0.7, 1.0),
    "MULTIPLY": (0.4 * 0.3 / 0.375, 0.375),
    "SCREEN": ((0.4 + 0.3 - 0.12) / 0.875, 0.875),
    "DARKEN": ((0.25 * 0.4 + 0.5 * 0.3 + 0.3) / 0.875, 0.875),
    "LIGHTEN": ((0.25 * 0.4 + 0.5 * 0.3 + 0.4) / 0.875, 0.875),
    "OVERLAY": (2 * 0.4 * 0.3 / 0.875, 0.875),
}


def test_every_mode_of_porter_and_duff_is_specified() -> None:
    assert OPAQUE.keys() == MODES.keys()


@pytest.mark.parametrize("mode", OPAQUE)
def test_pictures_with_transparency_compose(mode: str) -> None:
    image, mask = nodes.compose_images(
        source=grey(0.8, 6, 6),
        source_alpha=torch.full((1, 6, 6), 0.5),
        destination=grey(0.4),
        destination_alpha=torch.full((1, 4, 4), 0.25),
        mode=mode,
    )
    assert (image[0, 1, 1, 0].item(), 1 - mask[0, 1, 1].item()) == pytest.approx(OPAQUE[mode], abs=1e-5)
    assert image.shape == (1, 4, 4, 3)


def test_overlay_is_screen_where_the_destination_is_bright() -> None:
    clear = torch.zeros(1, 4, 4)
    image, _ = nodes.compose_images(
        source=grey(0.8), source_alpha=clear, destination=grey(0.7), destination_alpha=clear, mode="OVERLAY"
    )
    assert image[0, 0, 0, 0].item() == pytest.approx(1 - 2 * 0.2 * 0.3)


def subject() -> tuple[Tensor, Tensor]:
    """A white picture with a black box of 8 x 4, and the box's mask."""
    image, mask = grey(1.0, 32, 32), torch.zeros(1, 32, 32)
    image[:, 10:14, 6:14] = 0.0
    mask[:, 10:14, 6:14] = 1.0
    return image, mask


def test_a_masked_subject_fills_the_frame_on_the_background() -> None:
    image, mask = subject()
    cut = nodes.crop_image_to_mask(images=image, masks=mask, width=64, height=64, background="#00ff00")
    assert cut.shape == (1, 64, 64, 3)
    assert cut[0, 32, 32].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=0.06)  # the subject, in the middle
    assert cut[0, 32, 1].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=0.06)  # up to the side
    assert cut[0, 4, 32].tolist() == pytest.approx([0.0, 1.0, 0.0], abs=0.06)  # background above it


def test_a_margin_makes_the_subject_smaller_and_an_inverted_mask_is_turned_round() -> None:
    image, mask = subject()
    cut = nodes.crop_image_to_mask(images=image, masks=mask, width=64, height=64, pad_factor=2.0, background="#00ff00")
    assert cut[0, 32, 8].tolist() == pytest.approx([0.0, 1.0, 0.0], abs=0.06)
    middle = torch.zeros(1, 32, 32)
    middle[:, 8:24, 8:24] = 1.0
    right, wrong = (nodes.crop_image_to_mask(images=image, masks=m, width=64, height=64) for m in (middle, 1 - middle))
    assert torch.equal(right, wrong)


def test_an_empty_mask_means_the_whole_picture() -> None:
    image, mask = subject()
    whole = nodes.crop_image_to_mask(images=image, masks=torch.zeros_like(mask), width=64, height=64)
    assert whole.mean().item() == pytest.approx(image.mean().item(), abs=0.01)


def test_masks_that_do_not_fit_the_batch_and_colours_that_are_none_are_told() -> None:
    image, mask = subject()
    with pytest.raises(UserError, match="2 masks for 3 pictures"):
        nodes.crop_image_to_mask(images=image.repeat(3, 1, 1, 1), masks=mask.repeat(2, 1, 1))
    with pytest.raises(DiffusionError, match="'green' is no colour"):
        nodes.crop_image_to_mask(images=image, masks=mask, background="green")
    with pytest.raises(DiffusionError, match="'3' is no colour"):  # a graph may hold any constant there
        nodes.crop_image_to_mask(images=image, masks=mask, background=3)  # type: ignore[arg-type]
