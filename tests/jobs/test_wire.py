"""Frames between server and worker."""

from __future__ import annotations

import asyncio
import io
import struct
from pathlib import Path

import pytest
from msgspec import Raw

from jobs.messages import (
    Cached,
    CallFinished,
    CallProgress,
    CallStarted,
    Events,
    Failed,
    FromWorker,
    Preview,
    Ran,
    Start,
    Succeeded,
    read_from_worker,
    read_to_worker,
)
from jobs.notes import AtWork, NotePad, make_note_file, take_note
from jobs.wire import BrokenFrame, pack, read_frame, receive_frame

EVENTS = Events(
    "j",
    [
        Ran(),
        Cached(["1"]),
        CallStarted("2", "KSampler", "2", ""),
        CallProgress("2", 1.0, 20.0),
        CallFinished("2", ui=Raw(b'{"text":["o"]}'), seconds=0.5),
        Failed("3", "Fail", "no luck", "ValueError", ["line"], {"a": [1]}, ["2"]),
        Succeeded(),
    ],
)


def test_a_message_with_a_body_comes_out_as_it_went_in() -> None:
    stream = io.BytesIO(pack(EVENTS) + pack(Preview("j", "2", "image/jpeg", asked=True), b"\xff\xd8picture"))
    found: list[tuple[FromWorker, bytes]] = []
    while (frame := read_frame(stream)) is not None:
        found.append((read_from_worker(frame[0]), frame[1]))
    assert found == [(EVENTS, b""), (Preview("j", "2", "image/jpeg", asked=True), b"\xff\xd8picture")]


def test_raw_parts_travel_unread() -> None:
    start = Start("j", Raw(b'{"1":{"class_type":"X","inputs":{}}}'), Raw(b"{}"), ["1"])
    assert read_to_worker(pack(start)[8:]) == start


async def test_a_stream_that_ends_inside_a_frame_is_one_whose_other_side_is_gone() -> None:
    whole = pack(EVENTS)
    assert read_frame(io.BytesIO(whole[:-1])) is None
    assert read_frame(io.BytesIO(b"\0\0")) is None
    reader = asyncio.StreamReader()
    reader.feed_data(whole + whole[:5])
    reader.feed_eof()
    assert await receive_frame(reader) == (whole[8:], b"")
    assert await receive_frame(reader) is None


def test_what_is_no_frame_is_refused_before_memory_is_taken_for_it() -> None:
    with pytest.raises(BrokenFrame, match="something else wrote"):
        read_frame(io.BytesIO(struct.pack("!II", 2**32 - 1, 0)))


def test_a_note_tells_what_was_written_last_and_is_gone_once_read() -> None:
    path = make_note_file()
    pad = NotePad(path)
    pad.write(AtWork("job", "a much longer call id", "KSampler"))
    pad.write(AtWork("job", "2", "Die"))
    assert take_note(path) == AtWork("job", "2", "Die")
    assert not path.exists()
    assert take_note(path) is None


def test_a_note_that_was_never_written_says_nothing(tmp_path: Path) -> None:
    assert take_note(make_note_file()) is None
    assert take_note(tmp_path / "missing") is None
