"""Widgets: every kind of input, as the mouse, the keyboard and a pen use it, on the real server."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.e2e.drawing import Point, add, card, drag, expect_links, middle, rest, socket, undo, until
from tests.e2e.opening import open_file

pytestmark = pytest.mark.slow

EMPTY = (300.0, 720.0)


def field(page: Page, title: str, name: str) -> Locator:
    return card(page, title).locator(f"[data-name='{name}']")


def number(page: Page, title: str, name: str) -> float:
    return float(field(page, title, name).get_attribute("aria-valuetext") or "nan")


def values(page: Page) -> dict[str, Any]:
    """The values that a run would send, by title and input."""
    with page.expect_request("**/api/prompt") as sent:
        page.keyboard.press("Control+Enter")
    prompt = json.loads(sent.value.post_data or "{}")["prompt"]
    return {node["_meta"]["title"]: node["inputs"] for node in prompt.values()}


def unfocus(page: Page) -> None:
    page.mouse.click(700, 820)


def picture(color: str = "white", size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


# Numbers


def test_a_drag_over_a_number_changes_it_and_one_undo_takes_the_whole_drag_back(page: Page) -> None:
    x, y = middle(field(page, "KSampler", "steps"))
    drag(page, (x, y), (x + 40, y))
    assert number(page, "KSampler", "steps") == 30
    unfocus(page)
    undo(page)
    assert number(page, "KSampler", "steps") == 20


def test_with_shift_a_drag_is_fine_and_with_ctrl_coarse(page: Page) -> None:
    x, y = middle(field(page, "KSampler", "cfg"))
    page.keyboard.down("Shift")
    drag(page, (x, y), (x + 40, y))
    page.keyboard.up("Shift")
    fine = number(page, "KSampler", "cfg")
    page.keyboard.down("Control")
    drag(page, (x, y), (x + 40, y))
    page.keyboard.up("Control")
    assert (fine, number(page, "KSampler", "cfg")) == (3.1, 13)


def test_a_click_types_and_arithmetic_is_reckoned(page: Page) -> None:
    width = field(page, "Empty Latent Image", "width")
    width.click()
    page.keyboard.type("64*2+128")
    page.keyboard.press("Enter")
    assert number(page, "Empty Latent Image", "width") == 256
    width.click()
    page.keyboard.type("*2")
    page.keyboard.press("Escape")
    assert number(page, "Empty Latent Image", "width") == 256
    page.wait_for_timeout(500)  # two clicks in a row are a double click
    width.click()
    page.keyboard.type("nonsense")
    page.keyboard.press("Enter")
    assert number(page, "Empty Latent Image", "width") == 256


def test_a_number_out_of_range_becomes_the_nearest_that_is_allowed(page: Page) -> None:
    field(page, "KSampler", "denoise").click()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    assert number(page, "KSampler", "denoise") == 1


def test_arrows_move_a_number_that_has_the_focus(page: Page) -> None:
    field(page, "KSampler", "steps").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowDown", "PageUp"):
        page.keyboard.press(key)
    assert number(page, "KSampler", "steps") == 31


def test_a_double_click_brings_the_default_back(page: Page) -> None:
    field(page, "Empty Latent Image", "width").dblclick()
    assert number(page, "Empty Latent Image", "width") == 512
    undo(page)
    assert number(page, "Empty Latent Image", "width") == 128


def test_the_wheel_zooms_the_canvas_unless_the_number_has_the_focus(page: Page) -> None:
    steps = field(page, "KSampler", "steps")
    page.mouse.move(*middle(steps))
    before = steps.bounding_box()
    page.mouse.wheel(0, -100)
    until(page, steps.bounding_box, lambda box: box != before)
    assert number(page, "KSampler", "steps") == 20
    steps.focus()
    page.mouse.move(*middle(steps))
    before = steps.bounding_box()
    page.mouse.wheel(0, -100)
    until(page, lambda: number(page, "KSampler", "steps"), lambda value: value == 21)
    rest(page)
    assert steps.bounding_box() == before


def test_the_wheel_zooms_the_canvas_over_a_prompt_until_someone_writes_in_it(page: Page) -> None:
    prompt = card(page, "Prompt")
    prompt.locator("textarea").fill("a penguin on a pink background, " * 60)
    unfocus(page)

    def turns_the_view(keys: str = "") -> bool:
        page.mouse.move(*middle(prompt.locator(".prompt-editor, textarea")))
        before = prompt.bounding_box()
        if keys:
            page.keyboard.down(keys)
        page.mouse.wheel(0, -40)
        if keys:
            page.keyboard.up(keys)
        page.wait_for_timeout(150)
        return prompt.bounding_box() != before

    assert turns_the_view()
    prompt.locator(".prompt-editor, textarea").click()
    expect(prompt.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+Home")
    assert not turns_the_view()
    page.mouse.wheel(0, 200)
    until(page, lambda: prompt.locator(".cm-scroller").evaluate("part => part.scrollTop"), lambda top: top > 50)
    assert turns_the_view("Control")  # a pinch on a touchpad comes as a wheel with Ctrl


def test_a_prompt_and_a_note_fill_their_nodes_and_stay_as_large_when_they_are_written_in(page: Page) -> None:
    words = "a penguin on a pink background, " * 60
    clip = [{"name": "clip", "type": "CLIP", "link": None}]
    nodes = [
        {
            "id": 1,
            "type": "CLIPTextEncode",
            "pos": [0, 0],
            "size": [400, 300],
            "inputs": clip,
            "widgets_values": [words],
        },
        {
            "id": 2,
            "type": "CLIPTextEncode",
            "pos": [450, 0],
            "size": [400, 60],
            "inputs": clip,
            "widgets_values": [words],
        },
        {"id": 3, "type": "Note", "pos": [900, 0], "size": [300, 240], "widgets_values": [words]},
    ]
    open_file(page, "texts.json", {"version": 0.4, "nodes": nodes, "links": []})
    cards = page.locator(".card")

    def heights(of: str) -> list[float]:
        return [
            round(float(height)) for height in cards.locator(of).evaluate_all("all => all.map(one => one.offsetHeight)")
        ]

    text = "textarea, .prompt-editor"
    before = page.locator(".card").evaluate_all("all => all.map(one => one.offsetHeight)"), heights(text)
    assert before[1][0] > 220
    assert before[1][1] < 90
    assert before[1][2] > 200
    for i in range(2):
        cards.nth(i).locator("textarea").click()
        expect(cards.nth(i).locator(".cm-content")).to_be_focused()
    assert (page.locator(".card").evaluate_all("all => all.map(one => one.offsetHeight)"), heights(text)) == before


def test_the_right_button_is_the_browsers_in_a_text_that_is_being_written(page: Page) -> None:
    prompt = card(page, "Prompt")
    prompt.locator("textarea").click(button="right")
    expect(page.get_by_role("menuitem", name="Bypass")).to_be_visible()
    page.keyboard.press("Escape")
    begin_prompt(page)
    page.evaluate("() => addEventListener('contextmenu', (event) => { window.asked = event }, true)")
    prompt.locator(".cm-content").click(button="right")
    assert page.evaluate("() => window.asked.defaultPrevented") is False
    expect(page.get_by_role("menu")).to_have_count(0)


# Choices


def test_a_choice_of_5000_opens_at_once_and_letters_in_order_find_one(browser: Browser, address: str) -> None:
    names = [f"family{i % 9}/model_{i}_v{i % 5}.safetensors" for i in range(5000)]
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    page = context.new_page()

    def with_names(route: Any) -> None:
        info = route.fetch().json()
        spec = info["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"]
        spec[:] = [[*names, "easel-starter.safetensors"], {}]
        route.fulfill(json=info)

    page.route("**/api/object_info", with_names)
    page.goto(address)
    page.wait_for_selector(".card")
    choice = field(page, "Load Checkpoint", "ckpt_name")

    def open_it() -> float:
        return float(
            choice.evaluate(
                """element => new Promise(done => {
                    const start = performance.now();
                    element.click();
                    const isOpen = () => document.querySelector('.choice-row') !== null;
                    const look = () => isOpen() ? done(performance.now() - start) : requestAnimationFrame(look);
                    look();
                })"""
            )
        )

    times_ms = [open_it()]
    while min(times_ms) >= 250 and len(times_ms) < 5:  # a busy machine may take it for a moment, but not always
        page.keyboard.press("Escape")
        expect(page.locator(".choice-row")).to_have_count(0)
        times_ms.append(open_it())
    assert min(times_ms) < 250
    assert page.locator(".choice-row").count() < 60
    page.keyboard.type("m 4321")
    expect(page.locator(".choice-row").first).to_contain_text("model_4321_v1")
    page.keyboard.press("Enter")
    expect(choice).to_contain_text("model_4321_v1")
    choice.click()
    page.get_by_role("button", name="family3/").click()
    expect(page.locator(".choice-row").first).to_contain_text("family3/")
    context.close()


def test_a_value_that_is_not_there_says_so_and_a_similar_one_is_offered(page: Page) -> None:
    workflow = json.loads((Path(__file__).parents[2] / "workflows/text-to-image.json").read_text())
    for node in workflow["nodes"]:
        if node["type"] == "CheckpointLoaderSimple":
            node["widgets_values"] = ["old/easel_starter_v0.ckpt"]
    open_file(page, "old.json", workflow)
    choice = field(page, "Load Checkpoint", "ckpt_name")
    expect(choice).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Find a similar one").click()
    expect(page.locator(".choice-row").first).to_contain_text("similar")
    page.keyboard.press("Enter")
    expect(choice).to_have_text("easel-starter.safetensors▾")


# Prompts


def begin_prompt(page: Page) -> Locator:
    card(page, "Prompt").locator("textarea").click()
    editor = card(page, "Prompt").locator(".cm-content")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+End")
    return editor


def test_no_key_is_lost_while_a_prompt_becomes_an_editor(page: Page) -> None:
    """The editor's code comes late, in the middle of the typing."""

    def late(route: Any) -> None:
        time.sleep(0.4)
        route.continue_()

    page.route("**/assets/PromptEditor-*.js", late)
    prompt = card(page, "Prompt")
    prompt.locator("textarea").click()
    page.keyboard.press("Control+End")
    typed = " and " + "the quick brown fox jumps over the lazy dog " * 4
    for _ in range(100):
        page.keyboard.type(typed)
        if prompt.locator(".cm-content").count():
            break
    page.keyboard.type(typed)
    wanted = values(page)["Prompt"]["text"]
    assert wanted == "a red apple on a blue background" + typed * (wanted.count(" and "))
    assert wanted.count(" and ") >= 2
    expect(prompt.locator(".cm-content")).to_be_focused()


def test_words_of_the_model_are_completed_and_weighted_by_keys(page: Page) -> None:
    editor = begin_prompt(page)
    page.keyboard.type(", peng")
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_have_text("penguin")
    page.wait_for_timeout(150)  # what is chosen in the first moment is taken for typing
    page.keyboard.press("Tab")
    for key in ("Control+ArrowUp", "Control+ArrowUp", "Control+ArrowDown"):
        page.keyboard.press(key)
    expect(editor).to_have_text("a red apple on a blue background, (penguin:1.05)")
    page.keyboard.press("Escape")
    undo(page)
    expect(editor).to_have_text("a red apple on a blue background")


def test_a_prompt_keeps_the_focus_and_takes_letters_while_a_run_shows_previews(page: Page) -> None:
    editor = begin_prompt(page)
    page.keyboard.type(" slowly")  # nobody ran this before, so it is not taken from the cache
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".card.is-running", timeout=60_000)
    for _ in range(10):
        page.keyboard.type(" x", delay=15)
        page.wait_for_timeout(60)  # spread over several previews
    expect(editor).to_be_focused()
    expect(editor).to_have_text("a red apple on a blue background slowly" + " x" * 10)
    expect(card(page, "Save Image").locator("img.picture").first).to_be_visible(timeout=90_000)
    expect(editor).to_be_focused()


# Seeds


def test_the_seed_on_screen_is_the_one_that_was_sent_and_moves_on_only_at_the_next_run(page: Page) -> None:
    first = number(page, "KSampler", "seed")
    assert values(page)["KSampler"]["seed"] == first
    assert number(page, "KSampler", "seed") == first
    second = values(page)["KSampler"]["seed"]
    assert second != first
    assert number(page, "KSampler", "seed") == second


def test_locking_brings_the_seed_of_the_last_run_back_and_keeps_it(page: Page) -> None:
    used = values(page)["KSampler"]["seed"]
    page.get_by_role("button", name="New random seed now").click()
    assert number(page, "KSampler", "seed") != used
    page.get_by_role("button", name="Keep the seed of the last run").click()
    assert number(page, "KSampler", "seed") == used
    unfocus(page)
    assert [values(page)["KSampler"]["seed"] for _ in range(2)] == [used, used]


# Colours, toggles, boxes


def test_a_colour_is_typed_and_one_that_is_none_is_not_taken(page: Page) -> None:
    add(page, "ColorToRGBInt", EMPTY)
    code = page.locator(".react-flow__node-card").last.locator(".color input.field")
    code.fill("#f80")
    code.press("Enter")
    expect(code).to_have_value("#ff8800")
    code.fill("reddish")
    code.press("Enter")
    expect(code).to_have_value("#ff8800")


def test_a_toggle_is_switched_by_the_mouse_and_by_the_keyboard(page: Page) -> None:
    add(page, "ImageStitch", EMPTY)
    toggle = page.locator(".react-flow__node-card").get_by_role("switch").first
    before = toggle.get_attribute("aria-checked")
    toggle.click()
    assert toggle.get_attribute("aria-checked") != before
    page.keyboard.press("Space")
    assert toggle.get_attribute("aria-checked") == before


# Groups of inputs


def test_what_is_chosen_brings_its_own_inputs(page: Page) -> None:
    add(page, "ResizeImageMaskNode", EMPTY)
    node = page.locator(".react-flow__node-card.selected, .react-flow__node-card").last
    expect(node.locator("[data-name='resize_type.multiplier']")).to_be_visible()
    node.locator("[data-name=resize_type]").click()
    page.keyboard.type("scale dim")
    page.keyboard.press("Enter")
    expect(node.locator("[data-name='resize_type.width']")).to_be_visible()
    expect(node.locator("[data-name='resize_type.multiplier']")).to_have_count(0)


def test_a_row_of_sockets_grows_as_it_is_linked(page: Page) -> None:
    add(page, "BatchImagesNode", EMPTY)
    rows = page.locator(".react-flow__node-card").last.locator(".slot.in")
    title = page.locator(".react-flow__node-card").last.locator(".card-title").inner_text()
    before = rows.count()
    for i in range(2):
        drag(page, socket(page, "VAE Decode", "IMAGE", "out"), socket(page, title, f"images.image{i}", "in"))
    expect_links(page, 11)
    assert (before, rows.count()) == (2, 3)


def test_r_finds_files_that_came_meanwhile(page: Page, base: Path) -> None:
    add(page, "load image", EMPTY)
    (base / "input" / "came-later.png").write_bytes(picture("olive"))
    unfocus(page)
    page.keyboard.press("r")
    expect(page.locator(".notice")).to_contain_text("up to date")
    card(page, "Load Image").get_by_role("combobox").click()
    page.keyboard.type("came-later")
    expect(page.get_by_role("option", name="came-later.png")).to_be_visible()


# Files and masks


def test_a_dropped_picture_is_uploaded_and_shown(page: Page) -> None:
    add(page, "load image", EMPTY)
    name = f"dropped-{time.time_ns()}.png"
    transfer = page.evaluate_handle(
        """([bytes, name]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/png'}));
            return transfer;
        }""",
        [list(picture("teal")), name],
    )
    widget = card(page, "Load Image").locator(".file-widget")
    for event in ("dragover", "drop"):
        widget.dispatch_event(event, {"dataTransfer": transfer})
    expect(card(page, "Load Image").get_by_role("combobox")).to_contain_text(name)
    shown = widget.locator("img")
    assert shown.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [64, 48]
    assert page.locator(".tab").count() == 1


def test_a_pasted_picture_is_uploaded_and_a_file_of_another_kind_is_refused_in_a_sentence(page: Page) -> None:
    add(page, "load image", EMPTY)
    widget = card(page, "Load Image")
    before = widget.get_by_role("combobox").inner_text()
    paste = """(element, [bytes, name, type]) => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([new Uint8Array(bytes)], name, {type}));
        element.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
    }"""
    widget.get_by_role("combobox").evaluate(paste, [list(b"words"), "words.txt", "text/plain"])
    expect(page.locator(".notice.is-error")).to_contain_text("words.txt is of another kind")
    assert widget.get_by_role("combobox").inner_text() == before
    name = f"pasted-{time.time_ns()}.png"
    widget.get_by_role("combobox").evaluate(paste, [list(picture("navy")), name, "image/png"])
    expect(widget.get_by_role("combobox")).to_contain_text(name)


def open_mask(page: Page, address: str) -> Locator:
    add(page, "load image", EMPTY)
    file = FilePayload(name=f"mask-{time.time_ns()}.png", mimeType="image/png", buffer=picture("olive", (100, 100)))
    card(page, "Load Image").locator("input[type=file]").set_input_files([file])
    expect(card(page, "Load Image").get_by_role("combobox")).to_contain_text("mask-")
    card(page, "Load Image").get_by_role("button", name="Draw a mask").click()
    shown = page.locator(".mask-sheet img")
    expect(shown).to_be_visible()
    shown.evaluate("image => image.decode()")
    return page.locator(".mask-sheet canvas")


def masked(canvas: Locator) -> float:
    """The part of the picture that the mask covers."""
    return float(
        canvas.evaluate(
            """canvas => {
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let sum = 0;
            for (let i = 3; i < data.length; i += 4) sum += data[i];
            return sum / 255 / (canvas.width * canvas.height);
        }"""
        )
    )


def at(canvas: Locator, x: float, y: float) -> Point:
    """A place on the picture, from shares of its sides."""
    box = canvas.bounding_box()
    assert box is not None
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def test_a_mask_is_drawn_erased_undone_inverted_and_cleared(page: Page, address: str) -> None:
    canvas = open_mask(page, address)
    assert masked(canvas) == 0
    drag(page, at(canvas, 0.3, 0.5), at(canvas, 0.7, 0.5))
    drawn = masked(canvas)
    assert 0.2 < drawn < 0.4
    page.keyboard.press("e")
    drag(page, at(canvas, 0.7, 0.5), at(canvas, 0.7, 0.5))
    erased = masked(canvas)
    assert 0 < erased < drawn - 0.05
    page.keyboard.press("Control+z")
    assert masked(canvas) == pytest.approx(drawn, abs=0.01)
    page.keyboard.press("i")
    assert masked(canvas) == pytest.approx(1 - drawn, abs=0.01)
    page.get_by_role("button", name="Clear").click()
    assert masked(canvas) == 0
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # the first one warns
    expect(page.locator(".mask-dialog")).to_have_count(0)


def test_a_pen_draws_finer_when_it_is_pressed_less_and_a_finger_draws_too(page: Page, address: str) -> None:
    canvas = open_mask(page, address)
    found = []
    for kind, pressure in (("pen", 1.0), ("pen", 0.2), ("touch", 0.0)):
        x, y = at(canvas, 0.5, 0.5)
        for event in ("pointerdown", "pointermove", "pointerup"):
            canvas.evaluate(
                """(canvas, [event, x, y, pointerType, pressure]) => {
                    canvas.setPointerCapture = () => {};
                    const where = {clientX: x, clientY: y, button: 0, bubbles: true, cancelable: true};
                    canvas.dispatchEvent(new PointerEvent(event, {...where, pointerId: 7, pointerType, pressure}));
                }""",
                [event, x, y, kind, pressure],
            )
        found.append(masked(canvas))
        page.keyboard.press("Control+z")
    hard, soft, finger = found
    assert 0.01 < soft < 0.5 * hard
    assert finger == pytest.approx(hard, abs=0.01)


def test_escape_does_not_take_a_drawn_mask_along_unasked(page: Page, address: str) -> None:
    canvas = open_mask(page, address)
    page.keyboard.press("Escape")
    expect(canvas).to_have_count(0)
    card(page, "Load Image").get_by_role("button", name="Draw a mask").click()
    expect(page.locator(".mask-sheet img")).to_be_visible()
    drag(page, at(canvas, 0.3, 0.5), at(canvas, 0.7, 0.5))
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert")).to_contain_text("Escape once more")
    drag(page, at(canvas, 0.3, 0.6), at(canvas, 0.7, 0.6))
    expect(page.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(canvas).to_have_count(0)


def test_the_mask_can_be_drawn_by_the_keyboard_alone(page: Page, address: str) -> None:
    canvas = open_mask(page, address)
    canvas.focus()
    page.keyboard.press("Space")
    once = masked(canvas)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert 0 < once < masked(canvas)


def test_load_image_gives_the_mask_that_was_drawn(page: Page, address: str) -> None:
    canvas = open_mask(page, address)
    drag(page, at(canvas, 0.5, 0.5), at(canvas, 0.5, 0.5))
    drawn = masked(canvas)
    page.get_by_role("button", name="Save the mask").click()
    expect(page.locator(".mask-dialog")).to_have_count(0)
    expect(card(page, "Load Image").get_by_role("combobox")).to_contain_text("-mask.png")
    name = (card(page, "Load Image").get_by_role("combobox").get_attribute("title")) or ""
    prompt = {
        "1": {"class_type": "LoadImage", "inputs": {"image": name}},
        "2": {"class_type": "MaskToImage", "inputs": {"mask": ["1", 1]}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "mask"}},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "colours"}},
    }
    job = page.request.post(f"{address}/api/prompt", data={"prompt": prompt}).json()["prompt_id"]

    def outcome() -> dict[str, Any]:
        entry = page.request.get(f"{address}/api/history/{job}").json().get(job, {})
        return entry["outputs"] if entry.get("status", {}).get("completed") else {}

    until(page, outcome, bool, timeout_s=90)
    outputs = outcome()
    mask, colours = (
        Image.open(io.BytesIO(page.request.get(f"{address}/api/view", params=outputs[node]["images"][0]).body()))
        for node in ("3", "4")
    )
    grey = list(
        mask.convert("L").get_flattened_data() if hasattr(mask, "get_flattened_data") else mask.convert("L").getdata()
    )
    assert sum(grey) / 255 / len(grey) == pytest.approx(drawn, abs=0.02)
    assert colours.convert("RGB").getpixel((50, 50)) == (128, 128, 0)


# Results


def test_the_text_that_a_node_gives_is_shown_on_it(page: Page) -> None:
    add(page, "PreviewAny", EMPTY)
    preview = page.locator(".react-flow__node-card").last
    title = preview.locator(".card-title").inner_text()
    drag(page, socket(page, "Empty Latent Image", "LATENT", "out"), socket(page, title, "source", "in"))
    preview.get_by_role("button", name="Run to here").click()
    expect(preview.locator(".result-text pre")).to_contain_text("Latent", timeout=60_000)


def test_a_picture_with_its_mask_is_listed_with_a_small_picture(page: Page) -> None:
    add(page, "load image", EMPTY)
    card(page, "Load Image").get_by_role("combobox").click()
    small = page.locator(".choice-row").first.locator("img")
    assert small.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_everything_is_there_in_chinese_too(page: Page) -> None:
    add(page, "load image", EMPTY)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("Language")
    page.keyboard.press("Enter")
    expect(card(page, "Load Image").get_by_role("button", name="绘制遮罩")).to_be_visible()


def test_a_sound_and_a_film_that_nodes_made_can_be_played_on_them(page: Page) -> None:
    graph = {
        "1": ("EmptyAudio", [0.5, 44100, 2], [("AUDIO", "AUDIO")]),
        "2": ("PreviewAudio", [], []),
        "3": ("EmptyImage", [64, 64, 8, 0], [("IMAGE", "IMAGE")]),
        "4": ("CreateVideo", [8], [("VIDEO", "VIDEO")]),
        "5": ("SaveVideo", ["film", "mp4", "h264"], []),
    }
    inputs = {"2": ("audio", "AUDIO", 1), "4": ("images", "IMAGE", 2), "5": ("video", "VIDEO", 3)}
    nodes = [
        {
            "id": int(number),
            "type": kind,
            "pos": [int(number) * 340, 0],
            "size": [300, 120],
            "widgets_values": given,
            "inputs": [{"name": n, "type": t, "link": i} for n, t, i in [inputs[number]]] if number in inputs else [],
            "outputs": [{"name": n, "type": t} for n, t in made],
        }
        for number, (kind, given, made) in graph.items()
    ]
    wires = [[1, 1, 0, 2, 0, "AUDIO"], [2, 3, 0, 4, 0, "IMAGE"], [3, 4, 0, 5, 0, "VIDEO"]]
    workflow = {"nodes": nodes, "links": wires, "version": 0.4}
    open_file(page, "media.json", workflow)
    expect(page.get_by_role("tab", name="media")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Control+Enter")
    for kind in ("audio", "video"):
        player = page.locator(f".card {kind}")
        expect(player).to_be_visible(timeout=60_000)
        expect(player).to_have_js_property("readyState", 4, timeout=15_000)
