"""CatalogBook: the node types as the worker last reported them, kept so that a restarted server knows them at once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from api.errors import Refusal
from files.folders import Folders
from graph.catalog import Catalog
from graph.spec import spec_from_json
from jobs.messages import CatalogIs
from jobs.options import REPOSITORY, Options
from jobs.store import JobStore

log = logging.getLogger(__name__)

_KEPT: Final = "catalog"
_LOADING_S: Final = 120.0


class _Kept(msgspec.Struct):
    fingerprint: str
    specs: msgspec.Raw
    failures: dict[str, str] = {}
    web: dict[str, str] = {}
    rewrites: bool = False


class CatalogBook:
    """State: the catalog, None until one is known. Invariant: a catalog from an earlier start is only used while the
    node types' own files are as they were then, so that a pack just added is never said to be missing.
    """

    def __init__(self, store: JobStore, folders: Folders, options: Options) -> None:
        self._store = store
        self._fingerprint = fingerprint_code(folders, options)
        self._catalog: Catalog | None = None
        self._known = asyncio.Event()
        self.failures: dict[str, str] = {}
        self.web: dict[str, str] = {}
        self.rewrites = False
        kept = store.kept(_KEPT)
        if kept is not None:
            self._recall(kept)

    def take(self, message: CatalogIs) -> None:
        """A worker has loaded its nodes."""
        self._set(message.specs)
        self.failures, self.web, self.rewrites = message.failures, message.web, message.rewrites
        kept = _Kept(self._fingerprint, message.specs, message.failures, message.web, message.rewrites)
        self._store.keep(_KEPT, msgspec.json.encode(kept))

    async def read(self) -> Catalog:
        """The catalog; waits while the first worker still loads."""
        if self._catalog is None:
            try:
                await asyncio.wait_for(self._known.wait(), _LOADING_S)
            except TimeoutError:
                message = (
                    "The worker has not loaded its nodes yet. The server's log says what it is doing; try again later."
                )
                raise Refusal(503, "still_loading", message) from None
        assert self._catalog is not None
        return self._catalog

    def _recall(self, data: bytes) -> None:
        try:
            kept = msgspec.json.decode(data, type=_Kept)
            if kept.fingerprint == self._fingerprint:
                self._set(kept.specs)
                self.failures, self.web, self.rewrites = kept.failures, kept.web, kept.rewrites
        except (msgspec.DecodeError, KeyError, TypeError):  # an older version's; the worker will send its own
            log.info("The node types kept from the last start cannot be read; waiting for the worker's.")

    def _set(self, specs: msgspec.Raw) -> None:
        self._catalog = Catalog(spec_from_json(spec) for spec in msgspec.json.decode(specs))
        self._known.set()


def fingerprint_code(folders: Folders, options: Options) -> str:
    """Changes when the files that declare node types change, or the options that choose them."""
    found = hashlib.sha256(
        f"{options.nodes} {options.disable_all_custom_nodes} {options.whitelist_custom_nodes}".encode()
    )
    for root in (REPOSITORY / "nodes", REPOSITORY / "graph", *folders.custom_nodes):
        for path, stat in _python_files(root):
            found.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def _python_files(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    for directory, inner, files in os.walk(root, followlinks=True):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__pycache__", "node_modules")))
        if directory.count(os.sep) - str(root).count(os.sep) > 6:  # a link that leads back up
            inner.clear()
        for name in sorted(files):
            if name.endswith(".py"):
                path = os.path.join(directory, name)
                try:
                    yield path, os.stat(path)
                except OSError:  # gone since it was listed
                    continue
