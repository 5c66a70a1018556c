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
        answers: list[tuple[_Task, Any, BaseException | None]] = []
        database = self._database
        try:
            database.execute(f"PRAGMA synchronous = {'FULL' if any(t.durable for t in batch) else 'NORMAL'}")
            database.execute("BEGIN IMMEDIATE")
            answers = [(task, *self._write(task)) for task in batch]
            database.execute("COMMIT")
        except sqlite3.Error as error:  # a full disk, a lock: nothing of the batch was written
            if database.in_transaction:
                database.execute("ROLLBACK")
            answers = [(task, None, error) for task in batch]
        for task, value, failure in answers:
            if failure is None:
                task.done.set_result(value)
            else:
                task.done.set_exception(failure)

    def _write(self, task: _Task) -> tuple[Any, BaseException | None]:
        self._database.execute("SAVEPOINT one")
        try:
            value = task.write(self._database)
        except sqlite3.IntegrityError as error:
            self._database.execute("ROLLBACK TO one")
            self._database.execute("RELEASE one")
            return None, error
        self._database.execute("RELEASE one")
        return value, None
