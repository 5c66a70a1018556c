"""``folder_paths``: where models, inputs and results lie."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from files.errors import FileProblem
from files.folders import KINDS, OLD_NAMES, WEIGHTS, Folders
from files.names import PLACES, confine, split_place
from files.save import fill_in
from worker.shims.ground import ground

supported_pt_extensions: set[str] = set(WEIGHTS)
folder_names_and_paths: dict[str, tuple[list[str], set[str]]] = {}
filename_list_cache: dict[str, Any] = {}
extension_mimetypes_cache: dict[str, str] = {"webp": "image", "fbx": "model"}
base_path = models_dir = output_directory = input_directory = temp_directory = user_directory = ""
SYSTEM_USER_PREFIX: Final = "__"
_known_roots: dict[str, list[str]] = {}


class ListedNames(list[str]):
    """The files of a folder, as the list that packs expect. An input made of it is listed anew each time.

    ``own``: choices of the pack's beside the files, however it put them in (``["None"] + names``, ``insert`` ...). A
    pack that took files out means the list as it is: then ``folder`` is empty and all choices are its own.
    """

    def __init__(self, names: Iterable[str], folder: str, own: Iterable[str] = ()) -> None:
        super().__init__(names)
        self._folder = folder
        self._files = frozenset(self) - frozenset(own)

    @property
    def folder(self) -> str:
        """The kind whose files these are."""
        return self._folder if self._files.issubset(name for name in self if isinstance(name, str)) else ""

    @property
    def own(self) -> tuple[str, ...]:
        files = self._files if self.folder else frozenset[str]()
        return tuple(name for name in self if not isinstance(name, str) or name not in files)

    def _with(self, names: list[str]) -> ListedNames:
        made = ListedNames((), self._folder)
        made.extend(names)
        made._files = self._files
        return made

    def __add__(self, other: Any) -> Any:
        return self._with([*self, *other])

    def __radd__(self, other: Any) -> Any:
        return self._with([*other, *self])


def fill(folders: Folders) -> None:
    """Answer for these folders."""
    names = globals()
    names["__file__"] = str(folders.base / "folder_paths.py")  # packs take the folder of this file for the root
    names["base_path"] = str(folders.base)
    names["models_dir"] = str(folders.base / "models")
    for place in ("input", "output", "temp", "user"):
        names[f"{place}_directory"] = str(getattr(folders, place))
        os.makedirs(names[f"{place}_directory"], exist_ok=True)  # packs list them while they are imported
    folder_names_and_paths.clear()
    for kind, roots in folders.models.items():
        folder_names_and_paths[kind] = ([str(root) for root in roots], set(KINDS.get(kind, WEIGHTS)))
    folder_names_and_paths["custom_nodes"] = ([str(path) for path in folders.custom_nodes], set())
    _known_roots.clear()
    _known_roots.update({kind: list(paths) for kind, (paths, _) in folder_names_and_paths.items()})


def map_legacy(folder_name: str) -> str:
    """Today's name of a folder kind."""
    return OLD_NAMES.get(folder_name, folder_name) if folder_name not in folder_names_and_paths else folder_name


def get_filename_list(folder_name: str) -> list[str]:
    """The files of a kind, relative to their folders, sorted."""
    kind = map_legacy(folder_name)
    names = get_filename_list_(kind)[0]
    if _known_roots.get(kind) == folder_names_and_paths[kind][0] and kind in KINDS:
        return ListedNames(names, kind)
    return names  # folders that a pack added are not the server's to list


def get_filename_list_(folder_name: str) -> tuple[list[str], dict[str, float], float]:
    """The files, and two things that only the other engine's cache needs."""
    roots, extensions = folder_names_and_paths[map_legacy(folder_name)]
    found = {name for root in roots for name in recursive_search(root)[0]}
    return sorted(filter_files_extensions(found, extensions)), {}, 0.0


def recursive_search(directory: str, excluded_dir_names: list[str] | None = None) -> tuple[list[str], dict[str, float]]:
    """All files below a directory, relative to it, and the times of its folders."""
    files: list[str] = []
    times: dict[str, float] = {}
    for folder, inner, names in os.walk(directory, followlinks=True):
        inner[:] = [name for name in inner if name not in (excluded_dir_names or ())]
        times[folder] = os.path.getmtime(folder)
        files += [os.path.relpath(os.path.join(folder, name), directory) for name in names]
    return files, times


def filter_files_extensions(files: Iterable[str], extensions: Iterable[str]) -> list[str]:
    """The files with one of these endings; all if there are none."""
    wanted = set(extensions)
    return sorted(f for f in files if not wanted or "folders" in wanted or os.path.splitext(f)[1].lower() in wanted)


def filter_files_content_types(files: Iterable[str], content_types: Iterable[str]) -> list[str]:
    """The files that are one of image, video, audio, model."""
    return [name for name in files if _content_type(name) in set(content_types)]


def get_folder_paths(folder_name: str) -> list[str]:
    """The folders of a kind."""
    return folder_names_and_paths[map_legacy(folder_name)][0][:]


def get_full_path(folder_name: str, filename: str) -> str | None:
    """The path of a file, None if there is none."""
    if map_legacy(folder_name) not in folder_names_and_paths:
        return None
    for root in get_folder_paths(folder_name):
        path = os.path.join(root, os.path.relpath(os.path.join("/", filename), "/"))
        if os.path.isfile(path):
            return path
    return None


def get_full_path_or_raise(folder_name: str, filename: str) -> str:
    """The path of a file; raises FileNotFoundError."""
    path = get_full_path(folder_name, filename)
    if path is None:
        raise FileNotFoundError(f"There is no file '{filename}' in {folder_name}. Put it there, or choose another.")
    return path


def add_model_folder_path(folder_name: str, full_folder_path: str, is_default: bool = False) -> None:
    """Have a kind's files looked for there too."""
    roots, _ = folder_names_and_paths.setdefault(map_legacy(folder_name), ([], set()))
    if full_folder_path in roots:
        if is_default and roots[0] != full_folder_path:
            roots.remove(full_folder_path)
            roots.insert(0, full_folder_path)
        return
    roots.insert(0 if is_default else len(roots), full_folder_path)


def get_output_directory() -> str:
    return output_directory


def get_input_directory() -> str:
    return input_directory


def get_temp_directory() -> str:
    return temp_directory


def get_user_directory() -> str:
    return user_directory


def get_system_user_directory(name: str = "system") -> str:
    """A folder for a pack's own files."""
    return os.path.join(user_directory, SYSTEM_USER_PREFIX + name)


def get_public_user_directory(user_id: str) -> str | None:
    """A user's folder; None for names that are not for users."""
    return None if user_id.startswith(SYSTEM_USER_PREFIX) else os.path.join(user_directory, user_id)


def get_directory_by_type(type_name: str) -> str | None:
    """The folder called input, output or temp."""
    return str(globals()[f"{type_name}_directory"]) if type_name in PLACES else None


def annotated_filepath(name: str) -> tuple[str, str | None]:
    """``a.png [output]`` as its name and its folder."""
    bare, place = split_place(name, "")
    return bare, get_directory_by_type(place) if place else None


def get_annotated_filepath(name: str, default_dir: str | None = None) -> str:
    """The path of an input file, or of one that names another folder (``a.png [output]``)."""
    bare, folder = annotated_filepath(name)
    if folder is None and default_dir is None:
        try:
            return str(ground().folders.find("input", name))
        except FileProblem:
            pass
    return str(confine(Path(folder or default_dir or input_directory), bare))


def exists_annotated_filepath(name: str) -> bool:
    """Whether there is such a file."""
    try:
        return os.path.exists(get_annotated_filepath(name))
    except FileProblem:
        return False


def get_save_image_path(
    filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0
) -> tuple[str, str, int, str, str]:
    """Where to save: folder, start of the name, next number, folder below ``output_dir``, and the prefix filled in."""
    prefix = fill_in(filename_prefix, image_width, image_height)
    subfolder, name = os.path.dirname(os.path.normpath(prefix)), os.path.basename(os.path.normpath(prefix))
    folder = str(confine(Path(output_dir), subfolder or "."))
    os.makedirs(folder, exist_ok=True)
    numbers = [0]
    for entry in os.listdir(folder):
        if entry[: len(name) + 1].lower() == f"{name}_".lower():
            digits = entry[len(name) + 1 :].split("_")[0].split(".")[0]
            numbers.append(int(digits) if digits.isdigit() else 0)
    return folder, name, max(numbers) + 1, subfolder, prefix


def set_output_directory(path: str) -> None:
    globals()["output_directory"] = path


def set_temp_directory(path: str) -> None:
    globals()["temp_directory"] = path


def set_input_directory(path: str) -> None:
    globals()["input_directory"] = path


def _content_type(name: str) -> str:
    extension = name.rpartition(".")[2].lower()
    guessed = extension_mimetypes_cache.get(extension) or (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    return "model" if os.path.splitext(name)[1].lower() in WEIGHTS else guessed
