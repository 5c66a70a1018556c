"""Node packs as files: which there are, and what they want to run before anything heavy is loaded. Without torch."""

from __future__ import annotations

import importlib.util
import logging
import sys
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

log = logging.getLogger(__name__)
# Packs may raise anything while they are imported; some leave by sys.exit when they miss something.
FOREIGN: Final = (Exception, SystemExit)


def find_packs(folders: Iterable[Path], only: frozenset[str] | None = None) -> list[Path]:
    """The packs below the folders, in order of name: folders with ``__init__.py``, and files. ``only``: None = all."""
    return [path for folder in folders for path in _find(folder) if only is None or only & {path.stem, path.name}]


def run_prestartup(path: Path) -> None:
    """Run the pack's ``prestartup_script.py``, if there is one. A failure is reported; the pack is loaded anyway."""
    script = path / "prestartup_script.py"
    if not script.is_file():
        return
    try:
        execute(f"custom_nodes.{path.name}_prestartup".replace(".", "_x_"), script)
    except FOREIGN as error:  # a pack is foreign code: whatever it raises is reported, and the others go on
        log.warning("Custom nodes: the prestartup script of %s failed: %s", path.name, own_traceback(error, path))


def execute(name: str, location: Path, search: list[str] | None = None) -> ModuleType:
    """The module of that file, run under that name; ``search``: where its submodules lie."""
    spec = importlib.util.spec_from_file_location(name, location, submodule_search_locations=search)
    if spec is None or spec.loader is None:
        raise ImportError(f"{location} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def own_traceback(error: BaseException, path: Path) -> str:
    """An error of a pack's code, with the lines of that pack alone."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if str(path) in f.filename]
    return "".join(traceback.format_list(frames)) + f"{type(error).__name__}: {error}"


def _find(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")) or path.name.endswith(".disabled"):
            continue
        if (path.is_dir() and (path / "__init__.py").is_file()) or (path.is_file() and path.suffix == ".py"):
            yield path
