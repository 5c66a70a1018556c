"""Node packs: folders and files of ``custom_nodes`` loaded as nodes. A broken pack is reported and stops nothing."""

from __future__ import annotations

import inspect
import logging
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from graph.fingerprints import await_here
from graph.node import Node, nodes_of
from graph.spec import NodeSpec
from nodes.errors import BadNodeClass
from nodes.pack_files import FOREIGN, execute, find_packs, own_traceback
from nodes.v1 import node_from_class
from nodes.v3.node import ComfyExtension, ComfyNode
from nodes.v3.reading import node_from_v3, read_schema

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pack:
    """One loaded pack. ``error`` says why it, or a part of it, could not be loaded; "" when all is well."""

    name: str
    path: Path
    nodes: tuple[Node, ...] = ()
    web: Path | None = None
    error: str = ""


def load_packs(
    folders: Iterable[Path],
    *,
    only: frozenset[str] | None = None,
    on_classes: Callable[[Mapping[str, Any]], None] = lambda _: None,
) -> list[Pack]:
    """Every pack below the folders, in order of name. ``only``: names to load, None = all.

    ``on_classes`` is told of the node classes of each pack once it is loaded.
    """
    return [load_pack(path, on_classes) for path in find_packs(folders, only)]


def load_pack(path: Path, on_classes: Callable[[Mapping[str, Any]], None] = lambda _: None) -> Pack:
    """Import one pack (a folder with ``__init__.py``, or a file) and read its nodes."""
    name = path.stem if path.is_file() else path.name
    try:
        module = _import(path)
        classes = _classes_of(module)
    except FOREIGN as error:  # a pack is foreign code: whatever it raises is reported, and the others go on
        log.warning("Custom nodes: %s cannot be loaded: %s", name, own_traceback(error, path))
        return Pack(name, path, error=f"{name} cannot be loaded: {type(error).__name__}: {error}")
    on_classes(classes)
    nodes, errors = _read_nodes(module, name, classes)
    for sentence in errors:
        log.warning("Custom nodes: %s", sentence)
    return Pack(name, path, tuple(nodes), _web(module, path), "\n".join(errors))


def _import(path: Path) -> ModuleType:
    """Import by location, as a module of its own, so that relative imports inside the pack work."""
    name = "custom_nodes." + path.stem.replace(".", "_x_")
    return execute(name, path / "__init__.py" if path.is_dir() else path, [str(path)] if path.is_dir() else None)


def _classes_of(module: ModuleType) -> dict[str, Any]:
    """A pack's node classes by node type: those it lists, else those its extension lists."""
    listed = getattr(module, "NODE_CLASS_MAPPINGS", None)
    if listed:
        return dict(listed)
    enter = getattr(module, "comfy_entrypoint", None)
    if enter is None:
        return {}
    return {cls.GET_SCHEMA().node_id: cls for cls in await_here(_ask_extension(enter))}


async def _ask_extension(enter: Callable[[], Any]) -> list[Any]:
    extension = enter()
    if inspect.isawaitable(extension):
        extension = await extension
    if not isinstance(extension, ComfyExtension):
        raise BadNodeClass(f"comfy_entrypoint gives {type(extension).__name__}; it has to give a ComfyExtension.")
    await extension.on_load()
    return list(await extension.get_node_list())


def _read_nodes(module: ModuleType, pack: str, classes: Mapping[str, Any]) -> tuple[list[Node], list[str]]:
    """Typed functions and classes of a pack, and a sentence for each class that breaks its contract."""
    nodes, errors = _typed(module, pack), []
    titles = getattr(module, "NODE_DISPLAY_NAME_MAPPINGS", {}) or {}
    for name, cls in classes.items():
        try:
            cls.RELATIVE_PYTHON_MODULE = f"custom_nodes.{pack}"
            nodes.append(_read_class(str(name), cls, str(titles.get(name) or ""), f"custom_nodes.{pack}"))
        except BadNodeClass as error:
            errors.append(f"{pack}: {error}")
        except Exception as error:  # noqa: BLE001  INPUT_TYPES is foreign code too
            errors.append(f"{pack}: {name} cannot be read: {type(error).__name__}: {error}")
    return nodes, errors


def _read_class(name: str, cls: Any, title: str, module: str) -> Node:
    if not (isinstance(cls, type) and issubclass(cls, ComfyNode)):
        return node_from_class(name, cls, display_name=title, module=module)
    node = node_from_v3(cls, module=module)

    def named(spec: NodeSpec) -> NodeSpec:
        return replace(spec, name=name, display_name=spec.display_name or title)

    return replace(node, spec=named(node.spec), reread=lambda: named(read_schema(cls, cls.GET_SCHEMA(), module=module)))


def _typed(module: ModuleType, pack: str) -> list[Node]:
    """Nodes declared with ``@node``, in the pack's main module or any of its own submodules."""
    prefix = module.__name__ + "."
    modules = [module, *(m for n, m in list(sys.modules.items()) if n.startswith(prefix))]
    return [_owned(node, pack) for m in modules for node in nodes_of(m)]


def _owned(node: Node, pack: str) -> Node:
    return replace(node, spec=replace(node.spec, module=f"custom_nodes.{pack}"))


def _web(module: Any, path: Path) -> Path | None:
    """The folder of the pack's files for the editor: what the module names, else what its pyproject.toml does."""
    folder = getattr(module, "WEB_DIRECTORY", None) or _web_of_project(path / "pyproject.toml")
    if not isinstance(folder, str):
        return None
    web = ((path if path.is_dir() else path.parent) / folder).resolve()
    return web if web.is_dir() else None


def _web_of_project(file: Path) -> Any:
    try:
        return tomllib.loads(file.read_text("utf-8")).get("tool", {}).get("comfy", {}).get("web")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError):
        return None
