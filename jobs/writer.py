"""Group commit: one thread writes, and whatever waits when it gets to work shares one transaction."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

Write = Callable[[sqlite3.Connection], Any]


@dataclass(frozen=True)
class _Task:
    write: Write
    durable: bool
    done: Future[Any]


class Writer:
    """Runs writes in order on one connection, in batches.

    State: the tasks not yet taken, and the connection, which only the thread touches. Invariant: a future is settled
    after its transaction was committed, never before. A write that fails is undone alone and does not disturb its
    neighbours.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._is_durable: bool | None = None
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="job writer", daemon=True)
        self._thread.start()

    def submit(self, write: Write, *, durable: bool = False) -> Future[Any]:
        """Write soon; the future holds what ``write`` returned. ``durable`` also waits until the disk has it.

        The others survive the death of this process all the same, and lose at most the last moments in a power cut.
        """
        done: Future[Any] = Future()
        self._tasks.put(_Task(write, durable, done))
        return done

    def close(self) -> None:
        """Write what is waiting, then close the connection."""
        self._tasks.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            batch = [task]
            closing = False
            while not closing and not self._tasks.empty():
                following = self._tasks.get()
                if following is None:
                    closing = True
                else:
                    batch.append(following)
            self._commit(batch)
            if closing:
                break
        self._database.close()

    def _commit(self, batch: list[_Task]) -> None:
        """One transaction for all; if one of them fails, one for each, so that only that one does."""
        try:
            answers = self._write(batch)
        except sqlite3.Error as error:
            if len(batch) > 1:
                for task in batch:
                    self._commit([task])
            else:
                batch[0].done.set_exception(error)
            return
        for task, value in zip(batch, answers, strict=True):
            task.done.set_result(value)

    def _write(self, batch: list[_Task]) -> list[Any]:
        self._set_durable(any(task.durable for task in batch))
        self._database.execute("BEGIN IMMEDIATE")
        try:
            answers = [task.write(self._database) for task in batch]
            self._database.execute("COMMIT")
        except sqlite3.Error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise
        return answers

    def _set_durable(self, durable: bool) -> None:
        if durable is not self._is_durable:
            self._database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._is_durable = durable
