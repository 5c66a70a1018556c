"""What a run tells: thinned out in time, the end never lost."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import msgspec
from PIL import Image

from graph import events
from jobs.messages import CallFinished, CallProgress, Events, Failed, RunEvent, Succeeded, read_from_worker
from worker.previews import Previewer, encode_message, encode_preview, painted_by
from worker.reports import PROGRESS_S, Reporter, to_message


def drain(reporter: Reporter) -> tuple[list[RunEvent], bool]:
    frame, holding = reporter.drain()
    if not frame:
        return [], holding
    message = read_from_worker(frame[8:])
    assert isinstance(message, Events)
    return message.events, holding


def test_progress_is_thinned_out_and_its_last_word_comes_before_the_end() -> None:
    reporter = Reporter("j", lambda: None)
    for step in range(1000):
        reporter.report(events.CallProgress("1", step + 1, 1000))
    reporter.report(events.CallFinished("1"))
    told, holding = drain(reporter)
    assert told == [CallProgress("1", 1, 1000), CallProgress("1", 1000, 1000), CallFinished("1")]
    assert not holding


def test_progress_held_back_is_told_later_even_if_the_node_falls_silent() -> None:
    reporter = Reporter("j", lambda: None)
    reporter.report(events.CallProgress("1", 1, 9))
    reporter.report(events.CallProgress("1", 2, 9))
    assert drain(reporter) == ([CallProgress("1", 1, 9)], True)
    time.sleep(PROGRESS_S)
    assert drain(reporter) == ([CallProgress("1", 2, 9)], False)


def test_each_call_has_its_own_pace() -> None:
    reporter = Reporter("j", lambda: None)
    reporter.report(events.CallProgress("1", 1, 9))
    reporter.report(events.CallProgress("2", 1, 9))
    assert [e.call for e in drain(reporter)[0] if isinstance(e, CallProgress)] == ["1", "2"]


def test_whatever_a_node_shows_can_be_sent() -> None:
    class Odd:
        def __str__(self) -> str:
            return "odd"

    shown: list[tuple[dict[str, Any], bytes]] = [
        ({"text": ["a"]}, b'{"text":["a"]}'),
        ({"odd": [Odd()]}, b'{"odd":["odd"]}'),
        ({"nan": [float("nan")]}, b'{"nan":[null]}'),
        ({"lone": ["\ud800"]}, b'{"lone":["[?]"]}'),
    ]
    for ui, encoded in shown:
        message = to_message(events.CallFinished("1", ui=ui))
        assert isinstance(message, CallFinished)
        assert bytes(message.ui) == encoded


def test_a_failures_inputs_are_shortened_and_its_words_can_be_sent() -> None:
    inputs = {"picture": Image.new("RGB", (8, 8)), "text": "x" * 9999, "number": 3, "many": list(range(99))}
    message = to_message(events.Failed("1", "Fail", "bad \ud800 luck", "ValueError", ("line \udcff",), inputs))
    assert isinstance(message, Failed)
    encoded = msgspec.json.encode(message)
    assert len(encoded) < 2500
    assert (message.message, message.inputs["number"], message.inputs["picture"]) == ("bad ? luck", 3, "Image")


def test_plain_events_pass_unchanged() -> None:
    assert to_message(events.Succeeded()) == Succeeded()


def test_a_preview_is_a_small_jpeg() -> None:
    data = encode_preview(Image.new("RGBA", (1000, 500)), 100)
    assert data.startswith(b"\xff\xd8")
    assert len(data) < 2000
    assert encode_preview("no picture", 100) == b""


def test_a_picture_that_a_pack_sends_as_a_message_is_encoded_as_the_wire_has_it() -> None:
    picture = Image.new("RGB", (8, 4), "red")
    number, body = encode_message(2, ["PNG", picture, None]) or (0, b"")
    assert (number, body[:4], Image.open(io.BytesIO(body[4:])).size) == (1, b"\0\0\0\2", (8, 4))
    number, body = encode_message(4, (("JPEG", picture, 2), {"node_id": "5"})) or (0, b"")
    head, encoded = body[4 : 4 + int.from_bytes(body[:4], "big")], body[4 + int.from_bytes(body[:4], "big") :]
    assert (number, json.loads(head)) == (4, {"node_id": "5", "image_type": "image/jpeg"})
    assert (Image.open(io.BytesIO(encoded)).size, picture.size) == ((2, 1), (8, 4))
    assert [encode_message(2, b"raw"), encode_message("own", {"a": 1}), encode_message(4, [1, 2])] == [None] * 3


def test_previews_of_finished_calls_and_bad_previews_are_not_sent() -> None:
    sent: list[str] = []
    previewer = Previewer(lambda call, _data, _mime: sent.append(call), 64)

    def slow() -> Image.Image:
        time.sleep(0.15)
        return Image.new("RGB", (8, 8))

    def broken() -> Image.Image:
        raise ValueError("no picture")

    previewer.offer("late", slow)
    time.sleep(0.05)
    previewer.watch(events.CallFinished("late"))
    time.sleep(0.9)
    previewer.offer("broken", broken)
    time.sleep(0.15)
    previewer.offer("good", Image.new("RGB", (8, 8)))
    time.sleep(0.1)
    assert sent == ["good"]


def test_a_preview_that_takes_long_makes_the_next_one_wait() -> None:
    sent: list[str] = []
    previewer = Previewer(lambda call, _data, _mime: sent.append(call), 64)

    def slow() -> Image.Image:
        time.sleep(0.2)
        return Image.new("RGB", (8, 8))

    previewer.offer("first", slow)
    time.sleep(0.5)
    previewer.offer("too soon", slow)
    time.sleep(0.8)
    previewer.offer("rested", slow)
    time.sleep(0.4)
    assert sent == ["first", "rested"]


def test_a_picture_that_can_be_painted_in_several_ways_is_painted_by_the_method_that_was_asked_for() -> None:
    class Several:
        def paint(self, method: str) -> str:
            return f"painted by {method}"

    offered: list[object] = []
    offer = painted_by("taesd", lambda _call, picture: offered.append(picture() if callable(picture) else picture))
    offer("1", Several())
    offer("1", "a picture")
    offer("1", lambda: "made")
    assert offered == ["painted by taesd", "a picture", "made"]
