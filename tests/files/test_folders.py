from __future__ import annotations

import os
from pathlib import Path

import pytest

from files.errors import FileProblem, NoSuchFile
from files.extra_paths import read_extra_paths
from files.folders import Folders
from files.names import confine, split_place


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_models_are_listed_by_kind_with_their_subfolders_and_without_foreign_files(tmp_path: Path) -> None:
    touch(tmp_path / "models/upscale_models/b.safetensors")
    touch(tmp_path / "models/upscale_models/style/a.pt")
    touch(tmp_path / "models/upscale_models/readme.txt")
    assert Folders(tmp_path).names("upscale_models") == ["b.safetensors", "style/a.pt"]


def test_a_file_added_later_is_listed_without_a_restart(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    first = folders.names("vae")
    added = touch(tmp_path / "models/vae/new.safetensors")
    os.utime(added.parent, ns=(1, 1))
    assert (first, folders.names("vae")) == ([], ["new.safetensors"])


def test_the_starter_model_is_offered_whatever_the_base_directory(tmp_path: Path) -> None:
    assert "easel-starter.safetensors" in Folders(tmp_path).names("checkpoints")


def test_a_tiny_vae_is_named_by_its_decoder_and_its_encoder_may_lie_beside_it(tmp_path: Path) -> None:
    decoder = touch(tmp_path / "models/vae_approx/taesd_decoder.safetensors")
    touch(tmp_path / "models/vae_approx/taesd_encoder.pth")
    touch(tmp_path / "models/vae_approx/lonely_encoder.pth")
    folders = Folders(tmp_path)
    assert "taesd" in folders.names("tiny_vaes")
    assert "lonely" not in folders.names("tiny_vaes")
    assert folders.find("tiny_vaes", "taesd") == decoder
    assert folders.half_of_tiny_vae("taesd", "_encoder") == "taesd_encoder.pth"
    assert folders.half_of_tiny_vae("lonely", "_decoder") is None
    with pytest.raises(NoSuchFile, match="There is no file 'lonely' in tiny_vaes"):
        folders.find("tiny_vaes", "lonely")


def test_old_folder_names_mean_the_new_ones(tmp_path: Path) -> None:
    path = touch(tmp_path / "models/unet/x.safetensors")
    folders = Folders(tmp_path)
    assert [folders.find("diffusion_models", "x.safetensors"), folders.find("unet", "x.safetensors")] == [path, path]


def test_a_missing_file_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile, match=r"no file .gone\.pt. in loras"):
        Folders(tmp_path).find("loras", "gone.pt")


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/../../x", "C:\\x", "..\\x", "", "a\0b", "ö" * 130, "\ud800"]
)
def test_names_cannot_climb_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileProblem):
        confine(tmp_path, name)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    outside = touch(tmp_path / "outside/secret")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link").symlink_to(outside)
    with pytest.raises(FileProblem, match="leads out"):
        confine(tmp_path / "in", "link")


def test_a_name_may_say_its_place() -> None:
    assert [split_place(n, "input") for n in ("a.png", "a.png [temp]", "a [b].png")] == [
        ("a.png", "input"),
        ("a.png", "temp"),
        ("a [b].png", "input"),
    ]


def test_extra_model_paths_join_sections_and_put_the_default_ones_before_the_base_folder_s_own(tmp_path: Path) -> None:
    file, base = tmp_path / "extra.yaml", tmp_path / "base"
    file.write_text(
        "a:\n  base_path: /m\n  loras: l1\n  odd: o\nb:\n  is_default: true\n  loras: |\n    /x/l2\n    /x/l3\n"
        "  unet: u\n  custom_nodes: /x/packs\n"
    )
    found = read_extra_paths(file)
    folders = Folders(base, extra=found.more, preferred=found.preferred)
    own = base / "models/loras"
    assert folders.roots("loras")[:4] == (Path("/x/l2"), Path("/x/l3"), own, Path("/m/l1"))
    assert folders.roots("unet")[:2] == (tmp_path / "u", base / "models/diffusion_models")
    assert folders.roots("odd")[0] == base / "models/odd"
    assert folders.custom_nodes == (base / "custom_nodes", Path("/x/packs"))


@pytest.mark.parametrize("text", ["[1, 2]", "a: 3", "a:\n  loras: [x]", "a: {"])
def test_a_broken_extra_paths_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "extra.yaml"
    file.write_text(text)
    with pytest.raises(FileProblem, match=r"extra\.yaml"):
        read_extra_paths(file)
