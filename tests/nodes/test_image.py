from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from diffusion.resize import METHODS, resize
from diffusion.vae.inpaint import erase, grow_mask
from diffusion.values import Latent
from files.errors import FileProblem
from files.folders import Folders
from graph.errors import Cancelled
from graph.events import CallProgress, Event
from graph.run import Run
from nodes.image import fill_size, invert_image, load_image, load_image_mask, scale_image, scale_image_by
from nodes.latent import empty_latent, set_noise_mask, upscale_latent, upscale_latent_by
from nodes.pictures import to_pictures

RUN = Run("run", emit=lambda _: None)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "input").mkdir()
    picture = Image.new("RGBA", (4, 2), (255, 0, 51, 255))
    picture.putpixel((0, 0), (255, 0, 51, 0))
    picture.save(tmp_path / "input/clear.png")
    Image.new("RGB", (4, 2), (0, 255, 0)).save(tmp_path / "input/solid.png")
    return Folders(tmp_path)


def test_a_picture_loads_with_its_transparency_as_the_mask(folders: Folders) -> None:
    picture = load_image(image="clear.png", folders=folders)
    assert picture.image.shape == (1, 2, 4, 3)
    assert torch.allclose(picture.image[0, 1, 1], torch.tensor([1.0, 0.0, 0.2]))
    assert picture.mask[0].tolist() == [[1, 0, 0, 0], [0, 0, 0, 0]]


def test_a_picture_without_transparency_has_an_empty_mask_of_64(folders: Folders) -> None:
    assert load_image(image="solid.png", folders=folders).mask.shape == (1, 64, 64)
    assert not load_image(image="solid.png", folders=folders).mask.any()


@pytest.mark.parametrize(("channel", "value"), [("red", 1.0), ("green", 0.0), ("blue", 0.2), ("alpha", 0.0)])
def test_each_channel_can_be_the_mask(folders: Folders, channel: str, value: float) -> None:
    assert load_image_mask(image="clear.png", channel=channel, folders=folders)[0, 1, 1].item() == pytest.approx(value)


@pytest.mark.parametrize("name", ["../secret.png", "gone.png"])
def test_a_picture_that_is_not_there_is_refused_in_words(folders: Folders, name: str) -> None:
    with pytest.raises(FileProblem):
        load_image(image=name, folders=folders)


def test_a_file_that_is_no_picture_is_named(folders: Folders) -> None:
    (folders.input / "text.png").write_text("hello")
    with pytest.raises(FileProblem, match=r"text\.png is not a picture"):
        load_image(image="text.png", folders=folders)


def test_sixteen_bit_grey_keeps_its_brightness(folders: Folders) -> None:
    Image.new("I;16", (2, 2), 32768).save(folders.input / "deep.png")
    assert load_image(image="deep.png", folders=folders).image.mean().item() == pytest.approx(0.5, abs=0.003)


def test_colours_are_truncated_not_rounded_when_saved() -> None:
    pixels = to_pictures(torch.tensor([0.999, 1.5, -1.0]).expand(1, 1, 1, 3))[0].getpixel((0, 0))
    assert pixels == (254, 255, 0)


def test_a_mask_sent_as_a_picture_is_saved_in_grey_and_a_picture_without_its_batch_is_refused() -> None:
    saved = to_pictures(torch.full((2, 3, 5), 0.5))
    assert [(picture.mode, picture.size, picture.getpixel((0, 0))) for picture in saved] == [("L", (5, 3), 127)] * 2
    with pytest.raises(FileProblem, match=r"their shape is \(8, 5, 3\), not"):
        to_pictures(torch.zeros(8, 5, 3))


def test_zero_keeps_the_proportions() -> None:
    assert [fill_size(w, h, 400, 200) for w, h in ((0, 100), (100, 0), (0, 0), (5, 6))] == [
        (200, 100),
        (100, 50),
        (400, 200),
        (5, 6),
    ]


def test_pictures_scale_and_invert() -> None:
    picture = torch.rand(1, 4, 6, 3)
    assert scale_image(image=picture, width=3, height=0, run=RUN).shape == (1, 2, 3, 3)
    assert scale_image_by(image=picture, scale_by=0.5, run=RUN).shape == (1, 2, 3, 3)
    assert torch.equal(invert_image(image=invert_image(image=picture)).round(decimals=5), picture.round(decimals=5))


def test_latents_are_an_eighth_of_the_picture_and_scale() -> None:
    latent = empty_latent(width=70, height=32, batch_size=3)
    assert latent.samples.shape == (3, 4, 4, 8)
    assert upscale_latent(samples=latent, upscale_method="bislerp", width=128, height=0).samples.shape[-2:] == (8, 16)
    assert upscale_latent_by(samples=latent, scale_by=2.0).samples.shape[-2:] == (8, 16)


def test_a_noise_mask_rides_on_the_latent() -> None:
    latent = set_noise_mask(samples=Latent(torch.zeros(1, 4, 2, 2)), mask=torch.ones(16, 16))
    assert latent.mask is not None
    assert latent.mask.shape == (1, 16, 16)


def test_erasing_cuts_to_eights_and_greys_the_mask() -> None:
    pixels, mask = torch.ones(1, 10, 16, 3), torch.zeros(1, 10, 16)
    mask[:, 4:6, 4:6] = 1
    erased, cut = erase(pixels, mask)
    assert (erased.shape, cut.shape) == ((1, 8, 16, 3), (1, 8, 16))
    assert erased[0, 3, 4, 0].item() == 0.5
    assert erased[0, 0, 0, 0].item() == 1.0


def test_a_film_is_scaled_picture_by_picture_and_can_be_stopped_between_two() -> None:
    told: list[Event] = []
    run = Run("run", emit=told.append)
    film = torch.rand(3, 8, 8, 3, generator=torch.Generator().manual_seed(1))
    for method in METHODS:
        whole = resize(film.movedim(-1, 1), 5, 12, method).movedim(1, -1)
        torch.testing.assert_close(scale_image(image=film, upscale_method=method, width=5, height=12, run=run), whole)
    assert [event.done for event in told if isinstance(event, CallProgress)] == [1, 2, 3] * len(METHODS)
    run.cancel()
    with pytest.raises(Cancelled):
        scale_image_by(image=film, scale_by=2.0, run=run)


@pytest.mark.parametrize("masks", [1, 2, 5])
def test_each_picture_is_erased_by_its_own_mask_however_many_there_are(masks: int) -> None:
    pixels, mask = torch.ones(3, 8, 8, 3), torch.zeros(masks, 8, 8)
    mask[0] = 1.0
    erased, cut = erase(pixels, mask)
    of = [place % masks for place in range(3)]
    assert erased[:, 0, 0, 0].tolist() == [0.5 if place == 0 else 1.0 for place in of]
    assert len(cut) == (1 if masks == 1 else 3)


def test_a_grown_mask_reaches_out_by_half_its_size() -> None:
    mask = torch.zeros(1, 9, 9)
    mask[0, 4, 4] = 1
    assert grow_mask(mask, 0).sum().item() == 1
    assert grow_mask(mask, 3).sum().item() == 9
    assert grow_mask(mask, 6).shape == (1, 9, 9)
