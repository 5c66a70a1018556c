"""Camera and microphone: the browser's own stand-ins for both, recorded and run through the real nodes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import CHROMIUM, clean
from tests.e2e.drawing import card, drag, rest
from tests.e2e.opening import open_graph, run

pytestmark = pytest.mark.slow

STAND_INS = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
CAMERA = "Webcam Capture"
MICROPHONE = "Record Audio"


@pytest.fixture(scope="module")
def equipped(browser: Browser) -> Iterator[Browser]:
    """A browser with a camera that shows a moving test picture and a microphone that beeps."""
    with browser.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox", *STAND_INS]) as started:
        yield started


def begin(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    clean(address)
    page.goto(address)
    page.wait_for_selector(".card")
    rest(page)
    return page


@pytest.fixture
def page(equipped: Browser, address: str) -> Iterator[Page]:
    context = equipped.new_context(viewport={"width": 1500, "height": 900})
    context.grant_permissions(["camera", "microphone"])
    yield begin(context, address)
    context.close()


def size_of(page: Page, address: str, file: dict[str, Any]) -> tuple[int, int]:
    return Image.open(io.BytesIO(page.request.get(f"{address}/api/view", params=file).body())).size


def test_a_picture_is_taken_by_hand_and_the_node_gives_it(page: Page, address: str) -> None:
    settings = {"image": "", "width": 160, "height": 96, "capture_on_queue": False}
    open_graph(page, n1=("WebcamCapture", settings), n2=("PreviewImage", {"images": ("1", 0)}))
    node = card(page, CAMERA)
    node.get_by_role("button", name="Open the camera").click()
    film = node.get_by_label("What the camera sees")
    expect(film).to_be_visible()
    page.wait_for_function("film => film.videoWidth > 0", arg=film.element_handle())
    node.get_by_role("button", name="Take a picture").click()
    expect(node.get_by_alt_text("The picture that was taken")).to_be_visible()
    assert size_of(page, address, run(page, address)["2"]["images"][0]) == (160, 96)


def test_a_camera_stays_open_while_its_node_is_out_of_sight_and_closes_with_its_tab(page: Page) -> None:
    page.evaluate(
        """() => {
            const devices = navigator.mediaDevices, get = devices.getUserMedia.bind(devices);
            devices.getUserMedia = async (wanted) => (window.seen = await get(wanted));
        }"""
    )
    settings = {"image": "", "width": 160, "height": 96, "capture_on_queue": False}
    open_graph(page, n1=("WebcamCapture", settings), n2=("PreviewImage", {"images": ("1", 0)}))
    node = card(page, CAMERA)
    film = node.get_by_label("What the camera sees")
    node.get_by_role("button", name="Open the camera").click()
    expect(film).to_be_visible()
    for _ in range(2):
        drag(page, (700, 780), (700, 20))
    expect(node).to_have_count(0)
    page.wait_for_timeout(2500)  # a camera that nobody uses is closed after two seconds
    page.keyboard.press("f")
    page.wait_for_function("film => film.videoWidth > 0", arg=film.element_handle())
    assert page.evaluate("() => window.seen.active") is True
    drag(page, (700, 780), (700, 20))
    page.keyboard.press("Alt+w")
    page.wait_for_function("() => !window.seen.active")


def test_each_run_takes_a_picture_where_the_node_says_so(page: Page, address: str) -> None:
    settings = {"image": "", "width": 0, "height": 0, "capture_on_queue": True}
    open_graph(page, n1=("WebcamCapture", settings), n2=("PreviewImage", {"images": ("1", 0)}))
    first, second = (run(page, address)["2"]["images"][0] for _ in range(2))
    shown = [page.request.get(f"{address}/api/view", params=file).body() for file in (first, second)]
    assert shown[0] != shown[1]
    expect(card(page, CAMERA).get_by_alt_text("The picture that was taken")).to_be_visible()


def test_a_camera_that_may_not_be_used_is_a_sentence_and_nothing_runs(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    page = begin(context, address)
    settings = {"image": "", "width": 0, "height": 0, "capture_on_queue": True}
    open_graph(page, n1=("WebcamCapture", settings), n2=("PreviewImage", {"images": ("1", 0)}))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("Control+Enter")
    page.locator(".status button").first.click()
    expect(page.locator(".problem-row")).to_contain_text("camera")
    assert not [url for url in asked if url.endswith("/api/prompt")]
    context.close()


def test_sound_is_recorded_heard_and_given(page: Page, address: str) -> None:
    open_graph(page, n1=("RecordAudio", {"audio": ""}), n2=("PreviewAudio", {"audio": ("1", 0)}))
    node = card(page, MICROPHONE)
    node.get_by_role("button", name="Record", exact=True).click()
    expect(node.get_by_role("status")).to_contain_text("Recording")
    page.wait_for_timeout(1500)
    node.get_by_role("button", name="Stop and keep").click()
    sound = node.get_by_label("The recording")
    expect(sound).to_have_js_property("readyState", 4, timeout=15_000)
    made = run(page, address)["2"]["audio"][0]
    assert len(page.request.get(f"{address}/api/view", params=made).body()) > 10_000


def test_a_recording_goes_on_while_its_node_is_out_of_sight_and_ends_with_it(page: Page, address: str) -> None:
    open_graph(page, n1=("RecordAudio", {"audio": ""}), n2=("PreviewAudio", {"audio": ("1", 0)}))
    node = card(page, MICROPHONE)
    node.get_by_role("button", name="Record", exact=True).click()
    expect(node.get_by_role("status")).to_be_visible()
    for _ in range(2):
        drag(page, (700, 780), (700, 20))
    expect(node).to_have_count(0)
    page.wait_for_timeout(500)
    page.keyboard.press("f")
    expect(node.get_by_role("status")).to_be_visible()
    node.get_by_role("button", name="Stop and keep").click()
    expect(node.get_by_label("The recording")).to_be_visible()
    node.get_by_role("button", name="Record", exact=True).click()
    expect(node.get_by_role("status")).to_be_visible()
    node.locator(".card-title").click()
    page.keyboard.press("Delete")
    expect(node).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(node.get_by_label("The recording")).to_be_visible()


def test_a_recording_that_is_given_up_leaves_the_value_as_it_was(page: Page, address: str) -> None:
    open_graph(page, n1=("RecordAudio", {"audio": ""}), n2=("PreviewAudio", {"audio": ("1", 0)}))
    node = card(page, MICROPHONE)
    node.get_by_role("button", name="Record", exact=True).click()
    expect(node.get_by_role("status")).to_be_visible()
    node.get_by_role("button", name="Cancel").click()
    expect(node.get_by_text("Nothing was recorded yet.")).to_be_visible()
