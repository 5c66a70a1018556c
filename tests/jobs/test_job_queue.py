"""The order in which jobs run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobs.job import Job, State
from jobs.queue import JobQueue


def job(name: str, number: float) -> Job:
    return Job(id=name, number=number, prompt=b"{}")


def filled(*jobs: tuple[str, float]) -> JobQueue:
    queue = JobQueue()
    for name, number in jobs:
        queue.add(job(name, number))
    return queue


def take_all(queue: JobQueue) -> str:
    taken = ""
    while (following := queue.take()) is not None:
        taken += following.id
        queue.finish(following.id)
    return taken


def test_lower_numbers_run_first_and_equal_ones_in_order_of_arrival() -> None:
    assert take_all(filled(("b", 2), ("x", 1), ("y", 1), ("a", -1))) == "axyb"


def test_a_number_given_is_behind_all_others_or_in_front_of_them() -> None:
    queue = JobQueue(last_number=41.5)
    assert [queue.next_number(), queue.next_number(front=True), queue.next_number(front=True)] == [43, -44, -45]


def test_a_job_taken_runs_and_counts_an_attempt() -> None:
    queue = filled(("a", 1))
    taken = queue.take()
    assert taken is not None
    assert (taken.state, taken.attempts, list(queue.running), queue.waiting()) == (State.RUNNING, 1, ["a"], [])
    assert len(queue) == 1


def test_a_job_put_back_runs_next_and_an_attempt_can_be_forgiven() -> None:
    queue = filled(("a", 1), ("b", 1))
    taken = queue.take()
    assert taken is not None
    assert queue.put_back(taken).attempts == 1
    again = queue.take()
    assert again is not None
    assert (again.id, again.attempts, again.may_run_again) == ("a", 2, False)
    assert queue.put_back(again, forgive=True).attempts == 1


def test_only_waiting_jobs_are_deleted_and_unknown_ids_are_passed_over() -> None:
    queue = filled(("a", 1), ("b", 2), ("c", 3))
    queue.take()
    removed = queue.delete(["a", "c", "c", "zzz"])
    assert [(j.id, j.state) for j in removed] == [("c", State.CANCELLED)]
    assert [j.id for j in queue.clear()] == ["b"]
    assert len(queue) == 1


def test_a_paused_queue_gives_nothing() -> None:
    queue = filled(("a", 1))
    queue.paused = True
    assert queue.take() is None
    queue.paused = False
    assert take_all(queue) == "a"


def test_a_moved_job_takes_its_new_place() -> None:
    queue = filled(("a", 1), ("b", 2), ("c", 3))
    queue.move("c", 0)
    assert queue.move("zzz", 0) is None
    assert take_all(queue) == "cab"


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0, 2.5]), max_size=30), st.data())
def test_what_is_taken_is_what_was_added_less_what_was_deleted_in_order(
    numbers: list[float], data: st.DataObject
) -> None:
    jobs = [job(str(i), number) for i, number in enumerate(numbers)]
    queue = JobQueue()
    for item in jobs:
        queue.add(item)
    deleted = data.draw(st.sets(st.sampled_from(jobs))) if jobs else set()
    queue.delete([item.id for item in deleted])
    left = [item for item in jobs if item not in deleted]
    taken = []
    while (following := queue.take()) is not None:
        taken.append(following.id)
    assert taken == [item.id for item in sorted(left, key=lambda item: item.number)]
