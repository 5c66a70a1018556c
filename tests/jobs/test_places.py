"""Folders of those who come from elsewhere: pointing at them is all that it takes to keep their models."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from files.errors import FileProblem
from files.folders import Folders
from jobs.options import read_options
from jobs.places import open_folders

COMFYUI = {
    "checkpoints": "models/checkpoints/sd15.safetensors",
    "loras": "models/loras/style/ink.safetensors",
    "vae": "models/vae/kl.pt",
    "text_encoders": "models/clip/t5.safetensors",
    "diffusion_models": "models/unet/flux.safetensors",
    "controlnet": "models/controlnet/canny.pth",
    "embeddings": "models/embeddings/good.pt",
    "upscale_models": "models/upscale_models/4x.pth",
}
WEB_UI = {
    "checkpoints": "models/Stable-diffusion/sd15.safetensors",
    "loras": "models/Lora/style/ink.safetensors",
    "vae": "models/VAE/kl.pt",
    "controlnet": "models/ControlNet/canny.pth",
    "embeddings": "embeddings/good.pt",
    "upscale_models": "models/ESRGAN/4x.pth",
    "hypernetworks": "models/hypernetworks/h.pt",
}
# As the field's example file has it.
EXTRA_PATHS = """
a111:
    base_path: {web_ui}
    checkpoints: models/Stable-diffusion
    configs: models/Stable-diffusion
    vae: models/VAE
    loras: |
         models/Lora
         models/LyCORIS
    upscale_models: |
                  models/ESRGAN
                  models/RealESRGAN
                  models/SwinIR
    embeddings: embeddings
    hypernetworks: models/hypernetworks
    controlnet: models/ControlNet
comfyui:
    base_path: {comfyui}
    text_encoders: |
        models/text_encoders/
        models/clip/
    diffusion_models: |
        models/diffusion_models
        models/unet
    custom_nodes: custom_nodes
"""


def lay_out(root: Path, files: Iterable[str]) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def found(folders: Folders, files: dict[str, str], root: Path) -> None:
    """Each file is listed under its kind, and found where it lies."""
    for kind, file in files.items():
        [name] = [n for n in folders.names(kind) if (root / file).as_posix().endswith(n)]
        assert folders.find(kind, name) == (root / file).resolve()


@pytest.mark.parametrize("files", [COMFYUI, WEB_UI], ids=["ComfyUI", "A1111"])
def test_their_folder_as_base_directory_offers_all_their_models(tmp_path: Path, files: dict[str, str]) -> None:
    root = lay_out(tmp_path, files.values())
    folders = open_folders(read_options(["--base-directory", str(root)]))
    found(folders, files, root)
    assert (folders.input, folders.output, folders.user) == (root / "input", root / "output", root / "user")


def test_their_list_of_model_folders_offers_all_their_models_beside_ones_own(tmp_path: Path) -> None:
    web_ui, comfyui = lay_out(tmp_path / "webui", WEB_UI.values()), lay_out(tmp_path / "comfy", COMFYUI.values())
    own = lay_out(tmp_path / "easel", ["models/loras/own.safetensors"])
    file = tmp_path / "extra.yaml"
    file.write_text(EXTRA_PATHS.format(web_ui=web_ui, comfyui=comfyui))
    folders = open_folders(read_options(["--base-directory", str(own), "--extra-model-paths-config", str(file)]))
    found(folders, WEB_UI, web_ui)
    found(folders, {kind: COMFYUI[kind] for kind in ("text_encoders", "diffusion_models")}, comfyui)
    assert {"own.safetensors", "style/ink.safetensors"} <= set(folders.names("loras"))
    assert folders.custom_nodes == (own / "custom_nodes", comfyui / "custom_nodes")


def test_a_list_that_lies_in_the_base_directory_needs_no_option(tmp_path: Path) -> None:
    web_ui = lay_out(tmp_path / "webui", WEB_UI.values())
    base = lay_out(tmp_path / "comfy", COMFYUI.values())
    (base / "extra_model_paths.yaml").write_text(
        "a111:\n    base_path: ../webui\n    hypernetworks: models/hypernetworks\n"
    )
    found(
        open_folders(read_options(["--base-directory", str(base)])), {"hypernetworks": WEB_UI["hypernetworks"]}, web_ui
    )


def test_each_place_can_be_another_directory(tmp_path: Path) -> None:
    options = [f"--{place}-directory" for place in ("input", "output", "temp", "user")]
    places = [tmp_path / place for place in ("a", "b", "c", "d")]
    arguments = [word for pair in zip(options, map(str, places), strict=True) for word in pair]
    folders = open_folders(read_options(["--base-directory", str(tmp_path), *arguments]))
    assert [folders.input, folders.output, folders.temp, folders.user] == places
    assert folders.models["loras"][-1] == places[1] / "loras"


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"Cannot read .*gone\.yaml"):
        open_folders(read_options(["--extra-model-paths-config", str(tmp_path / "gone.yaml")]))
