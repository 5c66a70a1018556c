"""Folders: where models, pictures and packs live, and which files are in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from files.errors import FileProblem, NoSuchFile
from files.names import PLACES, confine, is_listed, split_place

REPOSITORY = Path(__file__).resolve().parent.parent
STARTER = REPOSITORY / "models" / "starter"
EXAMPLES = REPOSITORY / "workflows" / "input"

WEIGHTS = frozenset({".safetensors", ".sft", ".ckpt", ".pt", ".pt2", ".bin", ".pth", ".pkl"})
ANYTHING = frozenset[str]()
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})
SOUNDS = frozenset({".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac"})
SOLIDS = frozenset({".glb", ".gltf", ".obj", ".fbx", ".stl", ".ply", ".spz", ".splat", ".ksplat"})
FILMS = frozenset({".mp4", ".webm", ".mkv", ".mov", ".avi", ".m4v"})

KINDS: Mapping[str, frozenset[str]] = {
    "checkpoints": WEIGHTS,
    "configs": frozenset({".yaml", ".yml", ".json"}),
    "loras": WEIGHTS,
    "vae": WEIGHTS,
    "text_encoders": WEIGHTS,
    "diffusion_models": WEIGHTS,
    "clip_vision": WEIGHTS,
    "style_models": WEIGHTS,
    "embeddings": WEIGHTS,
    "diffusers": ANYTHING,
    "vae_approx": WEIGHTS,
    "controlnet": WEIGHTS,
    "gligen": WEIGHTS,
    "upscale_models": WEIGHTS,
    "latent_upscale_models": WEIGHTS,
    "hypernetworks": WEIGHTS,
    "photomaker": WEIGHTS,
    "classifiers": ANYTHING,
    "model_patches": WEIGHTS,
    "audio_encoders": WEIGHTS,
}
# Where nodes save models, below the output folder.
SAVED: Mapping[str, str] = {
    "loras": "loras",
    "checkpoints": "checkpoints",
    "vae": "vae",
    "text_encoders": "clip",
    "diffusion_models": "diffusion_models",
}
OLD_NAMES: Mapping[str, str] = {"clip": "text_encoders", "unet": "diffusion_models", "t2i_adapter": "controlnet"}
# Where the Stable Diffusion web UI (A1111) and its kin keep them, so that their folder can be the base directory.
WEB_UI: Mapping[str, tuple[str, ...]] = {
    "checkpoints": ("models/Stable-diffusion",),
    "configs": ("models/Stable-diffusion",),
    "vae": ("models/VAE",),
    "vae_approx": ("models/VAE-approx",),
    "text_encoders": ("models/text_encoder",),
    "loras": ("models/Lora", "models/LyCORIS"),
    "embeddings": ("embeddings",),
    "controlnet": ("models/ControlNet", "extensions/sd-webui-controlnet/models"),
    "upscale_models": ("models/ESRGAN", "models/RealESRGAN", "models/SwinIR"),
}
# Not a folder but pairs of files in vae_approx, chosen where VAEs are: named by what stands before _DECODER.
TINY_VAES = "tiny_vaes"
_DECODER = "_decoder"
UPLOADS: Mapping[str, frozenset[str]] = {
    "image": PICTURES,
    "audio": SOUNDS,
    "video": FILMS,
    "latent": frozenset({".latent"}),
    "file": SOLIDS,  # what the field calls a file is a 3D file
}


class Folders:
    """Where things live below one base directory, with further model folders beside it.

    extra: kind -> directories that are searched after the base's own. preferred: those before it, written to as well.
    State: a memo of folder listings, each kept with the modification times of the directories it was read from.
    """

    def __init__(
        self,
        base: Path = REPOSITORY,
        *,
        input: Path | None = None,  # the field's own word
        output: Path | None = None,
        temp: Path | None = None,
        user: Path | None = None,
        extra: Mapping[str, tuple[Path, ...]] | None = None,
        preferred: Mapping[str, tuple[Path, ...]] | None = None,
    ) -> None:
        extra, preferred = extra or {}, preferred or {}
        self.base = base
        self.input = input or base / "input"
        self.output = output or base / "output"
        self.temp = temp or base / "temp"
        self.user = user or base / "user"
        self.models = {
            kind: _unique([*preferred.get(kind, ()), *_roots(kind, base, extra)])
            for kind in dict.fromkeys((*KINDS, *_new_kinds(preferred), *_new_kinds(extra)))
        }
        # What was trained, merged and saved here can be chosen at once.
        for kind, folder in SAVED.items():
            self.models[kind] = _unique([*self.models[kind], self.output / folder])
        self.custom_nodes = _unique(
            [base / "custom_nodes", *(path for named in (preferred, extra) for path in named.get("custom_nodes", ()))]
        )
        self._listings: dict[Path, tuple[dict[Path, int], list[str]]] = {}

    def place(self, name: str) -> Path:
        """The directory called input, output or temp; raises FileProblem for any other name."""
        if name not in PLACES:
            raise FileProblem(f"There is no folder type '{name}'. Use input, output or temp.")
        found: Path = getattr(self, name)
        return found

    def names(self, kind: str) -> list[str]:
        """Files of a kind of model (or of input, output, temp), relative to their root, sorted, first root first."""
        if kind == TINY_VAES:
            stems = (os.path.splitext(name)[0] for name in self.names("vae_approx"))
            return [stem.removesuffix(_DECODER) for stem in stems if stem.endswith(_DECODER)]
        suffixes = KINDS.get(OLD_NAMES.get(kind, kind), ANYTHING)
        found: dict[str, None] = {}
        for root in self.roots(kind):
            for name in self._list(root):
                if not suffixes or os.path.splitext(name)[1].lower() in suffixes:
                    found.setdefault(name)
        return sorted(found)

    def uploads(self, place: str, media: str) -> list[str]:
        """Files of input, output or temp that hold pictures, sounds or films; for ``folder``, the folders in it."""
        if media == "folder":
            parents = {p.as_posix() for name in self.names(place) for p in PurePosixPath(name).parents}
            return sorted(parents - {"."})
        suffixes = UPLOADS.get(media, ANYTHING)
        return [n for n in self.names(place) if not suffixes or os.path.splitext(n)[1].lower() in suffixes]

    def roots(self, kind: str) -> tuple[Path, ...]:
        """The directories that hold a kind, one to write to first; raises NoSuchFile for an unknown kind."""
        if kind in PLACES:
            return (self.input, EXAMPLES) if kind == "input" else (self.place(kind),)
        roots = self.models.get("vae_approx" if kind == TINY_VAES else OLD_NAMES.get(kind, kind))
        if roots is None:
            raise NoSuchFile(f"There is no model folder '{kind}'. Known: {', '.join(sorted(self.models))}.")
        return roots

    def find(self, kind: str, name: str) -> Path:
        """The path of a model file, or of an input picture (``name [output]`` names another place).

        Of a tiny VAE it is its decoder's.
        """
        if kind == TINY_VAES:
            name = self.half_of_tiny_vae(name, _DECODER) or name
        name, kind = split_place(name, kind) if kind in PLACES else (name, kind)
        for root in self.roots(kind):
            path = confine(root, name)
            if path.is_file():
                return path
        raise NoSuchFile(f"There is no file '{name}' in {kind}. Put it into {self.roots(kind)[0]}, or choose another.")

    def half_of_tiny_vae(self, name: str, half: str) -> str | None:
        """The file in vae_approx of a tiny VAE's ``_decoder`` or ``_encoder``; None where there is none."""
        return next((n for n in self.names("vae_approx") if os.path.splitext(n)[0] == name + half), None)

    def find_folder(self, place: str, name: str) -> Path:
        """The path of a folder in input, output or temp that holds files."""
        name, place = split_place(name, place)
        for root in self.roots(place):
            path = confine(root, name)
            if path.is_dir():
                return path
        raise NoSuchFile(
            f"There is no folder '{name}' in {place}. Make it in {self.roots(place)[0]}, or choose another."
        )

    def _list(self, root: Path) -> list[str]:
        times, names = self._listings.get(root, ({}, []))
        if not times or any(_mtime(d) != t for d, t in times.items()):
            times, names = {}, []
            for directory, files in _walk(root):
                times[directory] = _mtime(directory)
                names += [(directory / f).relative_to(root).as_posix() for f in files]
            self._listings[root] = (times, names)
        return names


def _roots(kind: str, base: Path, extra: Mapping[str, tuple[Path, ...]]) -> tuple[Path, ...]:
    old = [f"models/{name}" for name, new in OLD_NAMES.items() if new == kind]
    there = [base / name for name in (*old, *WEB_UI.get(kind, ())) if (base / name).is_dir()]
    return _unique([base / "models" / kind, *there, *extra.get(kind, ()), STARTER / kind])


def _new_kinds(extra: Mapping[str, tuple[Path, ...]]) -> list[str]:
    return [kind for kind in extra if kind not in KINDS and kind != "custom_nodes"]


def _unique(paths: list[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(paths))


def _mtime(directory: Path) -> int:
    try:
        return directory.stat().st_mtime_ns
    except OSError:
        return 0


def _walk(root: Path) -> Iterator[tuple[Path, list[str]]]:
    """Directories below ``root`` with their files, following links, each directory once."""
    seen: set[str] = set()
    for directory, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(directory)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(filter(is_listed, folders))
        yield Path(directory), list(filter(is_listed, files))
