"""Builds the House: folders, node types, cache, memory. Torch is only loaded when the node types load it."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from files.folders import Folders
from files.save import Saver
from graph.cache import Cache, LruCache, MemoryCache, NoCache
from graph.node import Node, nodes_of
from jobs.options import Options
from jobs.places import open_folders
from nodes.pack_files import find_packs, run_prestartup
from worker.headroom import RoomyCache, free_memory
from worker.house import House
from worker.meter import open_process_gauge
from worker.shims.early import stand_ready
from worker.sizes import size_of

if TYPE_CHECKING:
    from diffusion.memory import Memory

_GIB = 1024**3
log = logging.getLogger(__name__)


def build_house(options: Options) -> House:
    """Load the node types and what they need. Packs that cannot be loaded are named in ``failures``."""
    if options.cuda_device is not None:  # read by torch when it first looks for a GPU
        os.environ["CUDA_VISIBLE_DEVICES"] = options.cuda_device
    folders = open_folders(options)
    loaded = load_nodes(options, folders)
    services: dict[type, Any] = {Folders: folders, Saver: Saver(folders, embed=not options.disable_metadata)}
    if "torch" not in sys.modules:
        cache, gauge = open_cache(options), open_process_gauge()
        return House(folders, loaded.nodes, loaded.failures, cache, services, gauge=gauge, web=loaded.web)
    from worker.device import open_device  # only now: it needs torch

    device = open_device(options)
    return House(
        folders,
        loaded.nodes,
        loaded.failures,
        add_disk(open_cache(options), options, folders, device.memory),
        {**services, type(device.memory): device.memory},
        around=device.around,
        free=device.free,
        stats=device.stats,
        warm=device.warm,
        gauge=device.gauge,
        web=loaded.web,
    )


class Loaded(NamedTuple):
    """Node types by name; packs that failed, and why; packs that bring files for the editor, and where these lie."""

    nodes: dict[str, Node]
    failures: dict[str, str]
    web: dict[str, Path]


def load_nodes(options: Options, folders: Folders) -> Loaded:
    """The built-in node types and the packs. A pack cannot take the name of a built-in node type."""
    only = frozenset(options.whitelist_custom_nodes) if options.disable_all_custom_nodes else None
    paths = find_packs(folders.custom_nodes, only)
    if paths:
        stand_ready(folders, options)
        for path in paths:
            run_prestartup(path)
    nodes = {node.spec.name: node for node in read_module(importlib.import_module(options.nodes))}
    if not paths:
        return Loaded(nodes, {}, {})
    from nodes.packs import load_packs  # only now: reading V1 classes needs torch
    from worker.shims.modules import install

    classes = install(folders, nodes, options)
    packs = load_packs(folders.custom_nodes, only=only, on_classes=classes.update)
    from_packs = {node.spec.name: node for pack in packs for node in pack.nodes}
    failures = {pack.name: pack.error for pack in packs if pack.error}
    return Loaded({**from_packs, **nodes}, failures, {pack.name: pack.web for pack in packs if pack.web})


def read_module(module: ModuleType) -> list[Node]:
    """The node types of a module: what its ``builtin()`` lists, or all that it declares."""
    found: list[Node] = module.builtin() if hasattr(module, "builtin") else nodes_of(module)
    return found


def open_cache(options: Options) -> Cache:
    """The cache that the options ask for; by default a quarter of the machine's memory."""
    if options.cache_none:
        return NoCache()
    if options.cache_lru:
        return LruCache(options.cache_lru)
    if options.cache_ram is not None:
        return RoomyCache(int(options.cache_ram * _GIB), size_of, free_memory)
    return MemoryCache(_machine_bytes() // 4, size_of)


def add_disk(cache: Cache, options: Options, folders: Folders, memory: Memory) -> Cache:
    """The cache, with a tier on disk behind it unless the options want none."""
    if options.cache_none or not options.cache_disk:
        return cache
    from worker.results.disk import DiskCache, TieredCache  # only now: they need torch
    from worker.results.epoch import find_epoch

    epoch = find_epoch(memory, folders.custom_nodes)
    return TieredCache(cache, DiskCache(folders.user / "cache", epoch, int(options.cache_disk * _GIB)))


def _machine_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return 8 * _GIB


def reread_nodes(nodes: dict[str, Node]) -> bool:
    """Ask packs' node types anew what they take; whether any answers otherwise than before."""
    has_changed = False
    for name, node in list(nodes.items()):
        if node.reread is None:
            continue
        try:
            spec = node.reread()
        except Exception as error:  # noqa: BLE001  # a pack's own code may raise anything; what it said before holds
            log.warning("Custom nodes: %s cannot be read again: %r", name, error)
            continue
        if spec != node.spec:
            nodes[name] = replace(node, spec=spec)
            has_changed = True
    return has_changed


def describe_specs(nodes: Mapping[str, Node]) -> list[dict[str, Any]]:
    """The node types as plain data, for the server."""
    from graph.spec import spec_to_json

    return [spec_to_json(node.spec) for node in nodes.values()]
