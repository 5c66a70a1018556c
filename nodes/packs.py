"""Node packs: folders and files of ``custom_nodes`` loaded as nodes. A broken pack is reported and stops nothing."""

from __future__ import annotations

import importlib.util
import logging
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from graph.node import Node, nodes_of
from nodes.errors import BadNodeClass
from nodes.v1 import node_from_class

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pack:
    """One loaded pack. ``error`` says why it, or a part of it, could not be loaded; "" when all is well."""

    name: str
    path: Path
    nodes: tuple[Node, ...] = ()
    web: Path | None = None
    error: str = ""


def load_packs(folders: Iterable[Path], *, only: frozenset[str] | None = None) -> list[Pack]:
    """Every pack below the folders, in order of name. ``only``: names to load, None = all."""
    return [load_pack(path) for folder in folders for path in _find(folder) if only is None or path.stem in only]


def load_pack(path: Path) -> Pack:
    """Import one pack (a folder with ``__init__.py``, or a file) and read its nodes."""
    name = path.stem if path.is_file() else path.name
    try:
        module = _import(path)
    except Exception as error:  # noqa: BLE001  a pack is foreign code: whatever it raises is reported, and the others go on
        log.warning("Custom nodes: %s cannot be loaded: %s", name, _own_traceback(error, path))
        return Pack(name, path, error=f"{name} cannot be loaded: {type(error).__name__}: {error}")
    nodes, errors = _read_nodes(module, name)
    for sentence in errors:
        log.warning("Custom nodes: %s", sentence)
    return Pack(name, path, tuple(nodes), _web(module, path), "\n".join(errors))


def _find(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")) or path.name.endswith(".disabled"):
            continue
        if (path.is_dir() and (path / "__init__.py").is_file()) or (path.is_file() and path.suffix == ".py"):
            yield path


def _import(path: Path) -> ModuleType:
    """Import by location, as a module of its own, so that relative imports inside the pack work."""
    name = "custom_nodes." + path.stem.replace(".", "_x_")
    location = path / "__init__.py" if path.is_dir() else path
    search = [str(path)] if path.is_dir() else None
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


def _read_nodes(module: ModuleType, pack: str) -> tuple[list[Node], list[str]]:
    """Typed functions and V1 classes of a pack, and a sentence for each class that breaks the contract."""
    nodes, errors = _typed(module, pack), []
    titles = getattr(module, "NODE_DISPLAY_NAME_MAPPINGS", {}) or {}
    for name, cls in (getattr(module, "NODE_CLASS_MAPPINGS", {}) or {}).items():
        try:
            nodes.append(node_from_class(name, cls, display_name=titles.get(name, ""), module=f"custom_nodes.{pack}"))
        except BadNodeClass as error:
            errors.append(f"{pack}: {error}")
        except Exception as error:  # noqa: BLE001  INPUT_TYPES is foreign code too
            errors.append(f"{pack}: {name} cannot be read: {type(error).__name__}: {error}")
    return nodes, errors


def _typed(module: ModuleType, pack: str) -> list[Node]:
    """Nodes declared with ``@node``, in the pack's main module or any of its own submodules."""
    prefix = module.__name__ + "."
    modules = [module, *(m for n, m in list(sys.modules.items()) if n.startswith(prefix))]
    return [_owned(node, pack) for m in modules for node in nodes_of(m)]


def _owned(node: Node, pack: str) -> Node:
    return replace(node, spec=replace(node.spec, module=f"custom_nodes.{pack}"))


def _web(module: Any, path: Path) -> Path | None:
    folder = getattr(module, "WEB_DIRECTORY", None)
    if not isinstance(folder, str):
        return None
    web = ((path if path.is_dir() else path.parent) / folder).resolve()
    return web if web.is_dir() else None


def _own_traceback(error: Exception, path: Path) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if str(path) in f.filename]
    return "".join(traceback.format_list(frames)) + f"{type(error).__name__}: {error}"
