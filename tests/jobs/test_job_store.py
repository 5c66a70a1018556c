"""Jobs survive whatever happens to the processes that work on them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from jobs.history import count_entries, read_entry, read_page
from jobs.job import Job, Result, State
from jobs.listing import known
from jobs.lock import AlreadyServed, hold
from jobs.schema import ForeignDatabase
from jobs.store import JobStore


def job(name: str, number: float = 1, **more: object) -> Job:
    return Job(id=name, number=number, prompt=b'{"1":{}}', targets=("1",), **more)  # type: ignore[arg-type]  # in short


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore]:
    store = JobStore(tmp_path / "jobs.sqlite")
    yield store
    store.close()


def finish(store: JobStore, name: str, state: State = State.COMPLETED) -> None:
    store.start(job(name).started())
    store.finish(name, Result(state, b'[["execution_start",{}]]', b'{"1":{"node_id":"1"}}')).result()


def test_a_submitted_job_is_there_after_a_restart(tmp_path: Path) -> None:
    first = JobStore(tmp_path / "jobs.sqlite")
    assert first.submit(job("a", client="me", created_ms=5)).result()
    second = JobStore(tmp_path / "jobs.sqlite")  # the first was never closed, as when its process is killed
    assert second.unfinished() == [job("a", client="me", created_ms=5)]
    second.close()
    first.close()


def test_an_id_is_taken_once(store: JobStore) -> None:
    assert store.submit(job("a")).result()
    assert not store.submit(job("a", 2)).result()
    assert [j.number for j in store.unfinished()] == [1]


def test_unfinished_jobs_come_in_the_queues_order_with_their_attempts(store: JobStore) -> None:
    for name, number in (("late", 3), ("running", 2), ("front", -1)):
        store.submit(job(name, number))
    store.start(job("running", 2).started()).result()
    assert [(j.id, j.state, j.attempts) for j in store.unfinished()] == [
        ("front", State.PENDING, 0),
        ("running", State.RUNNING, 1),
        ("late", State.PENDING, 0),
    ]


def test_a_finished_job_is_in_history_with_its_outputs(store: JobStore) -> None:
    store.submit(job("a"))
    store.start(job("a").started())
    store.add_outputs("a", {"1": b'{"images":[{"filename":"x.png"}]}'})
    finish_result = Result(State.COMPLETED, b'[["execution_success",{"prompt_id":"a"}]]', b'{"1":{"node_id":"1"}}')
    store.finish("a", finish_result).result()
    assert read_entry(store, "a") == (
        b'{"prompt":[1.0,"a",{"1":{}},{},["1"]],"outputs":{"1":{"images":[{"filename":"x.png"}]}},'
        b'"status":{"status_str":"success","completed":true,"messages":[["execution_success",{"prompt_id":"a"}]]},'
        b'"meta":{"1":{"node_id":"1"}}}'
    )
    assert store.unfinished() == []


def test_outputs_of_an_attempt_that_died_are_gone_when_the_job_runs_again(store: JobStore) -> None:
    store.submit(job("a"))
    store.start(job("a").started())
    store.add_outputs("a", {"1": b'{"text":["first try"]}'})
    store.requeue(job("a", attempts=1), "its worker died")
    store.start(job("a", attempts=1).started())
    store.add_outputs("a", {"2": b'{"text":["second try"]}'})
    store.finish("a", Result(State.COMPLETED)).result()
    entry = read_entry(store, "a")
    assert entry is not None
    assert b"first try" not in entry
    assert b"second try" in entry


def test_history_is_read_by_pages_in_the_order_in_which_jobs_ended(store: JobStore) -> None:
    for name in "abcde":
        store.submit(job(name))
    for name in "cabed":
        finish(store, name)
    assert [name for name, _ in read_page(store, 2, 1)] == ["a", "b"]
    assert [name for name, _ in read_page(store, 10, 3)] == ["e", "d"]
    assert count_entries(store) == 5


def test_the_oldest_history_makes_room_and_what_waits_is_left(tmp_path: Path) -> None:
    with closing(JobStore(tmp_path / "small.sqlite", history_limit=2)) as store:
        for name in ("waits", *"abcd"):
            store.submit(job(name))
        for name in "abcd":
            store.add_outputs(name, {"1": b"{}"})
            finish(store, name)
        assert [name for name, _ in read_page(store, 9, 0)] == ["c", "d"]
        assert [j.id for j in store.unfinished()] == ["waits"]


def test_forgetting_history_leaves_what_waits_and_runs(store: JobStore) -> None:
    for name in ("done", "also", "runs", "waits"):
        store.submit(job(name))
    finish(store, "done")
    finish(store, "also")
    store.start(job("runs").started())
    store.forget(["done", "runs", "waits", "unknown"]).result()
    assert [name for name, _ in read_page(store, 9, 0)] == ["also"]
    store.forget(None).result()
    assert count_entries(store) == 0
    assert [j.id for j in store.unfinished()] == ["runs", "waits"]


def test_a_cancelled_job_that_never_ran_has_no_place_in_history(store: JobStore) -> None:
    store.submit(job("a"))
    store.cancel(["a"]).result()
    assert (store.unfinished(), count_entries(store)) == ([], 0)


def test_many_threads_submit_at_once_and_each_job_is_kept(store: JobStore) -> None:
    def submit(first: int) -> None:
        for i in range(first, first + 25):
            assert store.submit(job(f"j{i}", i)).result()

    threads = [threading.Thread(target=submit, args=(n * 25,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [j.id for j in store.unfinished()] == [f"j{i}" for i in range(200)]


def test_a_write_that_fails_does_not_take_its_neighbours_with_it(store: JobStore) -> None:
    before = store.submit(job("a"))
    orphan = store.add_outputs("nobody", {"1": b"{}"})
    after = store.submit(job("b", 2))
    assert before.result()
    assert after.result()
    with pytest.raises(sqlite3.IntegrityError):
        orphan.result()
    assert [j.id for j in store.unfinished()] == ["a", "b"]


def test_what_is_kept_under_a_name_comes_back(store: JobStore) -> None:
    assert store.kept("catalog") is None
    store.keep("catalog", b"one")
    store.keep("catalog", b"two").result()
    assert store.kept("catalog") == b"two"


def test_the_largest_number_counts_those_in_front_too(store: JobStore) -> None:
    assert store.largest_number() == 0
    store.submit(job("a", 3))
    store.submit(job("b", -7)).result()
    assert store.largest_number() == 7


def test_a_file_that_is_no_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite").write_bytes(b"not a database at all" * 50)
    with pytest.raises(ForeignDatabase, match="is not a job database"):
        JobStore(tmp_path / "jobs.sqlite")


def test_one_server_at_a_time_holds_a_directory(tmp_path: Path) -> None:
    claim = hold(tmp_path)
    with pytest.raises(AlreadyServed, match="Another Easel server"):
        hold(tmp_path)
    claim.close()
    hold(tmp_path).close()


def test_each_users_history_is_their_own_and_nobodys_is_everybodys(store: JobStore) -> None:
    for name, user in (("a", "ada"), ("b", "bob"), ("c", "ada"), ("n", "")):
        store.submit(job(name, user=user))
        finish(store, name)
    assert [[name for name, _ in read_page(store, 9, 0, user)] for user in ("ada", "bob", "", None)] == [
        ["a", "c"],
        ["b"],
        ["n"],
        ["a", "b", "c", "n"],
    ]
    assert [name for name, _ in read_page(store, 1, 1, "ada")] == ["c"]
    assert [count_entries(store, user) for user in ("ada", "bob", None)] == [2, 1, 4]
    assert read_entry(store, "a", "bob") is None
    assert known(store, "abx", "ada") == {"a"}
    store.forget(["a", "b"], "bob").result()
    store.forget(None, "").result()
    assert [name for name, _ in read_page(store, 9, 0)] == ["a", "c"]


def test_who_sent_a_job_is_known_after_a_restart(tmp_path: Path) -> None:
    with closing(JobStore(tmp_path / "jobs.sqlite")) as store:
        store.submit(job("a", user="ada")).result()
    with closing(JobStore(tmp_path / "jobs.sqlite")) as store:
        assert store.unfinished() == [job("a", user="ada")]


def test_a_database_of_the_version_before_users_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    with closing(JobStore(path)) as store:
        store.submit(job("a"))
        finish(store, "a")
    with closing(sqlite3.connect(path)) as old:
        old.executescript("DROP INDEX ended_by_user; ALTER TABLE jobs DROP COLUMN user; PRAGMA user_version = 1;")
    for _ in range(2):  # and opened again, as any other
        with closing(JobStore(path)) as store:
            assert [name for name, _ in read_page(store, 9, 0, "")] == ["a"]
