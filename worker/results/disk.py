"""The disk tier of the cache: costly results in files, found again after a restart."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from graph.cache import Cache, Entry, Key
from worker.results.frozen import Unfreezable, freeze, thaw

_SUFFIX: Final = ".safetensors"
# What is made again sooner than this is not worth a file, nor what is made again sooner than it is read.
_LEAST_S: Final = 0.25
_READ_BYTES_PER_S: Final = 100e6
log = logging.getLogger(__name__)


class DiskCache:
    """At most ``limit_bytes`` of results below ``folder``; those used longest ago go first.

    Only what cost time is kept, only what can be written down without loss, and nothing that showed something in the
    editor: the pictures it showed may be gone. ``epoch`` names what results depend on beside their keys; those of other
    epochs are never given out, and go when room is short. A file is written whole or not at all, and one that cannot be
    read counts as not there. Several processes may share a folder.

    State: the keys of this epoch that are known to have a file; a thread that writes, and the bytes of all files as far
    as it knows (None: it has not looked yet).
    """

    def __init__(self, folder: Path, epoch: str, limit_bytes: int) -> None:
        self._folder = folder
        self._own = folder / epoch
        self._limit_bytes = limit_bytes
        self._known = {path.stem for path in self._own.glob(f"*{_SUFFIX}")}
        self._used_bytes: int | None = None
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="disk cache")

    def get(self, key: Key) -> Entry | None:
        if key not in self:
            return None
        path = self._path(key)
        try:
            entry = thaw(path)
            os.utime(path)
        except (OSError, ValueError) as error:
            log.warning("A result on disk is of no use and is made again: %s", error)
            self._forget(key)
            return None
        return entry

    def put(self, key: Key, entry: Entry) -> None:
        if entry.ui is None and entry.seconds >= _LEAST_S and key not in self:
            self._writer.submit(self._write, key, entry)

    def __contains__(self, key: Key) -> bool:
        return key.hex() in self._known

    def clear(self) -> None:
        """Forget all results, also those of other epochs, once what is being written is."""
        self._writer.submit(self._clear).result()

    def settle(self) -> None:
        """Wait until all is written."""
        self._writer.submit(lambda: None).result()

    def _write(self, key: Key, entry: Entry) -> None:
        try:
            content = freeze(entry)
            if len(content) > min(self._limit_bytes / 4, entry.seconds * _READ_BYTES_PER_S):
                return
            self._own.mkdir(parents=True, exist_ok=True)
            draft = self._own / f".{uuid.uuid4().hex}.part"
            try:
                with draft.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(self._path(key))
            finally:
                draft.unlink(missing_ok=True)
        except Unfreezable:
            return
        except OSError as error:
            log.warning("A result is not kept on disk: %s", error)
            return
        with self._lock:
            self._known.add(key.hex())
        if self._used_bytes is not None:
            self._used_bytes += len(content)
        if self._used_bytes is None or self._used_bytes > self._limit_bytes:
            self._used_bytes = self._shrink()

    def _shrink(self) -> int:
        """Delete the files used longest ago until the others are within the limit; the bytes of these."""
        found = []
        for path in self._folder.glob("*/*"):  # with the drafts of processes that died
            with suppress(OSError):  # another process was quicker
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        used = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if used <= self._limit_bytes:
                break
            used -= size
            path.unlink(missing_ok=True)
            if path.parent == self._own:
                with self._lock:
                    self._known.discard(path.stem)
            else:
                with suppress(OSError):  # it holds more
                    path.parent.rmdir()
        return used

    def _clear(self) -> None:
        with self._lock:
            self._known.clear()
        self._used_bytes = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _forget(self, key: Key) -> None:
        with self._lock:
            self._known.discard(key.hex())
        with suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: Key) -> Path:
        return self._own / f"{key.hex()}{_SUFFIX}"


class TieredCache:
    """A cache in memory before one on disk: what is found on disk is kept in memory from then on."""

    def __init__(self, memory: Cache, disk: DiskCache) -> None:
        self.memory = memory
        self.disk = disk

    def get(self, key: Key) -> Entry | None:
        entry = self.memory.get(key)
        if entry is None and (entry := self.disk.get(key)) is not None:
            self.memory.put(key, entry)
        return entry

    def put(self, key: Key, entry: Entry) -> None:
        self.memory.put(key, entry)
        self.disk.put(key, entry)

    def __contains__(self, key: Key) -> bool:
        return key in self.memory or key in self.disk

    def clear(self) -> None:
        self.memory.clear()
        self.disk.clear()
