"""The files that inputs choose from, listed when asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from files.errors import FileProblem
from files.folders import Folders
from files.names import PLACES
from graph.spec import Choice


class FileNames(Sequence[str]):
    """The names of a folder. ``in`` also holds for an input named with its place (``a.png [output]``)."""

    def __init__(self, folders: Folders, folder: str, names: list[str]) -> None:
        self._folders = folders
        self._folder = folder
        self._names = names

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._names[index]

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        if name in self._names:
            return True
        if self._folder not in PLACES or not isinstance(name, str):
            return False
        try:
            self._folders.find(self._folder, name)
        except FileProblem:
            return False
        return True


class FileChoices:
    """Lists the folder that a Choice names, its own options first; None for a Choice of fixed options."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def __call__(self, choice: Choice) -> Sequence[str] | None:
        if not choice.folder:
            return None
        try:
            names = [*self._list(choice.folder, choice.upload), *(n for f in choice.more for n in self._list(f, ""))]
        except FileProblem:  # a pack names a folder that does not exist here: nothing can be chosen
            names = []
        own = [option for option in choice.options if option not in names]
        return FileNames(self._folders, choice.folder, [*own, *names])

    def _list(self, folder: str, upload: str) -> list[str]:
        return self._folders.uploads(folder, upload) if upload and folder in PLACES else self._folders.names(folder)
