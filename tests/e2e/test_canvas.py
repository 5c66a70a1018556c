"""Drawing graphs: what the mouse and the keyboard do on the canvas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.drawing import (
    add,
    card,
    command,
    drag,
    expect_at,
    expect_links,
    expect_titled,
    head,
    link_middle,
    links,
    middle,
    rest,
    socket,
    titles,
    undo,
    until,
)
from tests.e2e.test_running import make_quick

pytestmark = pytest.mark.slow


def test_a_graph_seen_whole_stays_whole_beside_a_panel_and_a_part_of_it_stays_where_it_is(page: Page) -> None:
    def is_seen(title: str) -> bool:
        node, area = card(page, title).bounding_box(), page.locator(".canvas").first.bounding_box()
        assert node is not None
        assert area is not None
        return area["x"] <= node["x"] and node["x"] + node["width"] <= area["x"] + area["width"]

    command(page, "Gallery")
    page.wait_for_timeout(400)
    assert [is_seen(title) for title in ("Load Checkpoint", "Save Image")] == [True, True]
    command(page, "Zoom to 100")
    page.wait_for_timeout(400)
    before = card(page, "KSampler").bounding_box()
    command(page, "Gallery")
    page.wait_for_timeout(400)
    assert card(page, "KSampler").bounding_box() == pytest.approx(before, abs=1)


EMPTY = (600.0, 130.0)


def test_the_example_is_open_and_paints_a_picture_on_its_node(page: Page) -> None:
    expect_links(page, 9)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".run-state")).to_contain_text("queue")
    pictures = card(page, "Save Image").locator("img.picture")
    expect(pictures.first).to_be_visible(timeout=90_000)
    expect(pictures).to_have_count(4)
    assert pictures.first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 128


def test_a_node_is_added_where_the_canvas_is_double_clicked(page: Page) -> None:
    add(page, "vae dec", EMPTY)
    expect_titled(page, "VAE Decode", 2)
    x, y = head(page, "VAE Decode", 1)
    assert abs(x - 30 - EMPTY[0]) < 40
    assert abs(y - EMPTY[1]) < 40
    undo(page)
    expect_titled(page, "VAE Decode", 1)


def test_shift_and_enter_add_several_nodes_from_one_palette(page: Page) -> None:
    page.mouse.dblclick(300, 720)
    palette = page.locator(".pick")
    palette.get_by_role("combobox").fill("preview image")
    page.keyboard.press("Shift+Enter")
    expect(palette).to_be_visible()
    palette.get_by_role("combobox").fill("emptyimage")
    page.keyboard.press("Enter")
    expect(palette).to_have_count(0)
    assert {"Preview Image", "EmptyImage"} <= set(titles(page))
    assert links(page) == 9
    page.keyboard.press("Delete")
    page.wait_for_timeout(150)
    assert "EmptyImage" not in titles(page)


def test_tab_opens_the_palette_and_a_synonym_finds_the_node(page: Page) -> None:
    page.mouse.move(*EMPTY)
    page.keyboard.press("Tab")
    page.get_by_role("combobox").fill("photo")
    expect(page.get_by_role("option").first).to_contain_text("Load Image")
    page.keyboard.press("Escape")
    expect(page.locator(".pick")).to_have_count(0)


def test_what_most_graphs_are_made_of_comes_before_what_is_rarer(page: Page) -> None:
    page.mouse.dblclick(*EMPTY)
    for query, title in (("sampler", "KSampler"), ("checkpoint", "Load Checkpoint"), ("samplerlms", "SamplerLMS")):
        page.get_by_role("combobox").fill(query)
        expect(page.get_by_role("option").first).to_contain_text(title)


def test_nodes_added_in_a_row_from_the_panel_are_all_seen(page: Page) -> None:
    page.mouse.move(*EMPTY)
    page.get_by_role("button", name="Nodes", exact=True).click()
    panel = page.locator(".side-panel")
    panel.get_by_role("searchbox").fill("preview image")
    for _ in range(3):
        panel.locator(".row").first.click()
    expect_titled(page, "Preview Image", 3)
    places = [head(page, "Preview Image", i) for i in range(3)]
    assert len({(round(x), round(y)) for x, y in places}) == 3


def test_what_is_deprecated_comes_after_what_replaces_it(page: Page) -> None:
    page.mouse.dblclick(*EMPTY)
    page.get_by_role("combobox").fill("apply contr")
    expect(page.get_by_role("option").first).to_contain_text("Apply ControlNet")
    assert "(OLD)" not in page.get_by_role("option").first.inner_text()


def test_while_a_link_is_drawn_fitting_sockets_light_up_and_a_near_one_takes_it(page: Page) -> None:
    add(page, "vae decode", EMPTY)
    page.mouse.move(*socket(page, "Load Checkpoint", "VAE", "out"))
    page.mouse.down()
    page.mouse.move(*EMPTY, steps=5)
    expect(page.locator(".socket.is-fitting")).to_have_count(2)
    assert page.locator(".socket.is-unfit").count() > 10
    x, y = socket(page, "VAE Decode", "vae", "in", 1)
    page.mouse.move(x - 14, y + 6, steps=5)
    page.mouse.up()
    expect_links(page, 10)
    undo(page)
    expect_links(page, 9)


def test_escape_gives_up_a_link_that_is_being_drawn(page: Page) -> None:
    page.mouse.move(*socket(page, "Load Checkpoint", "MODEL", "out"))
    page.mouse.down()
    page.mouse.move(*EMPTY, steps=5)
    expect(page.locator(".drawn-link")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".drawn-link")).to_have_count(0)
    page.mouse.move(EMPTY[0] + 30, EMPTY[1])
    page.mouse.up()
    rest(page)
    assert (page.locator(".pick").count(), page.locator(".socket.is-unfit").count(), links(page)) == (0, 0, 9)


def test_a_link_released_on_empty_offers_what_fits_and_links_it(page: Page) -> None:
    drag(page, socket(page, "VAE Decode", "IMAGE", "out"), (900, 750))
    expect(page.get_by_role("option").first).to_be_visible()
    options = page.get_by_role("option").all_inner_texts()
    assert options
    assert not any("Load Checkpoint" in option for option in options)
    page.get_by_role("combobox").fill("preview")
    page.keyboard.press("Enter")
    expect_titled(page, "Preview Image")
    expect_links(page, 10)


def test_a_node_whose_row_of_sockets_grows_is_offered_too_and_linked(page: Page) -> None:
    drag(page, socket(page, "VAE Decode", "IMAGE", "out"), (900, 750))
    page.get_by_role("combobox").fill("batch images")
    expect(page.get_by_role("option").first).to_contain_text("Batch Images")
    page.keyboard.press("Enter")
    expect_titled(page, "Batch Images")
    expect_links(page, 10)


def test_a_link_released_on_a_node_takes_its_first_fitting_input(page: Page) -> None:
    add(page, "save image", EMPTY)
    drag(page, socket(page, "VAE Decode", "IMAGE", "out"), head(page, "Save Image", 1))
    expect_links(page, 10)


def test_a_node_dropped_on_a_link_goes_into_it_and_deleting_heals(page: Page) -> None:
    add(page, "lora", EMPTY)
    lora = next(title for title in titles(page) if "LoRA" in title)
    before = links(page)
    x, y = head(page, lora)
    at = link_middle(page, "3")
    box = card(page, lora).bounding_box()
    assert box is not None
    drag(page, (x, y), (at[0] - box["width"] / 2 + 30, at[1] - 20), steps=25)
    expect_links(page, before + 1)
    page.keyboard.press("Control+Delete")
    expect_links(page, before)
    expect_titled(page, lora, 0)


def test_ctrl_and_the_right_button_cut_links(page: Page) -> None:
    x1, y1 = socket(page, "KSampler", "model", "in")
    x2, y2 = socket(page, "KSampler", "latent_image", "in")
    page.keyboard.down("Control")
    drag(page, (x1 - 9, y1 - 25), (x2 - 9, y2 + 25), steps=25, button="right")
    page.keyboard.up("Control")
    expect_links(page, 5)
    expect(page.get_by_role("menu")).to_have_count(0)
    undo(page)
    expect_links(page, 9)


def test_a_link_pulled_off_its_input_goes_to_another_or_away(page: Page) -> None:
    drag(page, socket(page, "KSampler", "negative", "in"), EMPTY)
    expect_links(page, 8)


def test_a_double_click_bends_a_link(page: Page) -> None:
    page.mouse.dblclick(*link_middle(page, "9"))
    rest(page)
    dot = page.locator(".reroute")
    expect(dot).to_have_count(1)
    drag(page, middle(dot), EMPTY)
    until(page, lambda: middle(dot)[1], lambda y: abs(y - EMPTY[1]) < 5)
    undo(page)
    undo(page)
    expect(dot).to_have_count(0)


def test_dragging_moves_once_and_undo_moves_back(page: Page) -> None:
    start = head(page, "KSampler")
    drag(page, start, (start[0] + 120, start[1] - 140))
    expect_at(page, "KSampler", (start[0] + 120, start[1] - 140), within=3)
    undo(page)
    expect_at(page, "KSampler", start, within=3)
    page.keyboard.press("Control+Shift+z")
    expect_at(page, "KSampler", (start[0] + 120, start[1] - 140), within=3)


def test_a_node_is_selected_and_dragged_by_its_body_too(page: Page) -> None:
    box = card(page, "Save Image").bounding_box()
    assert box is not None
    body = box["x"] + box["width"] / 2, box["y"] + box["height"] - 30
    page.mouse.click(*body)
    expect(card(page, "Save Image").locator(".is-selected")).to_have_count(1)
    drag(page, body, (body[0] + 50, body[1] + 30))
    moved = card(page, "Save Image").bounding_box()
    assert moved is not None
    assert (moved["x"] - box["x"], moved["y"] - box["y"]) == pytest.approx((50, 30), abs=3)
    undo(page)
    assert card(page, "Save Image").bounding_box() == pytest.approx(box, abs=1)


def test_ctrl_and_a_click_select_one_more_or_one_less(page: Page) -> None:
    chosen = page.locator(".card.is-selected .card-title")
    page.mouse.click(*head(page, "KSampler"))
    for title in ("Save Image", "VAE Decode", "Save Image"):
        page.keyboard.down("Control")
        page.mouse.click(*head(page, title))
        page.keyboard.up("Control")
    expect(chosen).to_have_text(["KSampler", "VAE Decode"])


def test_alt_and_a_drag_leave_a_copy_where_they_end(page: Page) -> None:
    x, y = head(page, "VAE Decode")
    page.keyboard.down("Alt")
    drag(page, (x, y), (x + 40, y + 160))
    page.keyboard.up("Alt")
    expect_titled(page, "VAE Decode", 2)
    expect_at(page, "VAE Decode", (x, y))
    assert head(page, "VAE Decode", 1) == pytest.approx((x + 40, y + 160), abs=4)
    assert links(page) == 9
    undo(page)
    expect_titled(page, "VAE Decode", 1)


def test_with_space_held_a_drag_that_begins_on_a_node_pans(page: Page) -> None:
    def gap() -> tuple[float, float]:
        (x, y), (other_x, other_y) = head(page, "KSampler"), head(page, "Save Image")
        return other_x - x, other_y - y

    start, before = head(page, "KSampler"), gap()
    page.keyboard.down("Space")
    drag(page, start, (start[0] + 60, start[1] + 40))
    page.keyboard.up("Space")
    expect_at(page, "KSampler", (start[0] + 60, start[1] + 40))
    assert gap() == pytest.approx(before, abs=1)
    drag(page, head(page, "KSampler"), start)
    assert gap() != pytest.approx(before, abs=1)


def test_a_frame_takes_along_what_lies_in_it(page: Page) -> None:
    page.mouse.click(*head(page, "Save Image"))
    page.keyboard.press("Control+g")
    expect(page.locator(".frame-head")).to_have_count(1)
    before = head(page, "Save Image")
    frame = page.locator(".frame-head").bounding_box()
    assert frame is not None
    start = (frame["x"] + 60, frame["y"] + 8)
    drag(page, start, (start[0], start[1] + 130))
    expect_at(page, "Save Image", (before[0], before[1] + 130))
    undo(page)
    expect_at(page, "Save Image", before)


def test_a_frames_name_is_replaced_by_what_is_typed_and_kept_by_escape(page: Page) -> None:
    page.mouse.click(*head(page, "Save Image"))
    page.keyboard.press("Control+g")
    name = page.locator(".frame-head")
    for typed, key in (("Results", "Enter"), ("Nothing", "Escape")):
        name.dblclick(position={"x": 60, "y": 8})
        page.keyboard.type(typed)
        page.keyboard.press(key)
        expect(name).to_have_text("Results")


def test_copies_keep_their_links_and_go_to_other_tabs(page: Page) -> None:
    page.mouse.click(*head(page, "KSampler"))
    page.keyboard.down("Shift")
    page.mouse.click(*head(page, "VAE Decode"))
    page.keyboard.up("Shift")
    page.keyboard.press("Control+c")
    command(page, "New workflow")
    page.mouse.move(*EMPTY)
    page.keyboard.press("Control+v")
    until(page, lambda: titles(page), lambda found: found == ["KSampler", "VAE Decode"])
    expect_links(page, 1)


def test_mute_bypass_collapse_and_rename(page: Page) -> None:
    page.mouse.click(*head(page, "VAE Decode"))
    page.keyboard.press("Control+m")
    expect(card(page, "VAE Decode").locator(".is-muted")).to_have_count(1)
    page.keyboard.press("Control+b")
    expect(card(page, "VAE Decode").locator(".is-bypassed")).to_have_count(1)
    page.keyboard.press("Alt+c")
    expect(card(page, "VAE Decode").locator(".is-collapsed")).to_have_count(1)
    expect_links(page, 9)
    page.keyboard.press("F2")
    page.keyboard.type("Paint it")
    page.keyboard.press("Enter")
    expect_titled(page, "Paint it")


def test_a_subgraph_is_made_entered_left_run_and_taken_apart(page: Page) -> None:
    make_quick(page)
    page.mouse.click(*head(page, "KSampler"))
    page.keyboard.down("Shift")
    page.mouse.click(*head(page, "VAE Decode"))
    page.keyboard.up("Shift")
    page.keyboard.press("Control+Shift+e")
    expect_titled(page, "Subgraph")
    expect_titled(page, "KSampler", 0)
    page.keyboard.press("Enter")
    until(page, lambda: titles(page), lambda found: found == ["Inputs", "KSampler", "Outputs", "VAE Decode"])
    page.keyboard.press("Escape")
    expect_titled(page, "Subgraph")
    page.keyboard.press("Control+Enter")
    expect(card(page, "Save Image").locator("img.picture").first).to_be_visible(timeout=90_000)
    page.mouse.click(*head(page, "Subgraph"))
    command(page, "Take the subgraph apart")
    expect_titled(page, "KSampler")
    expect_links(page, 9)


def test_a_widget_inside_a_subgraph_is_shown_on_its_node_and_taken_back(page: Page) -> None:
    page.mouse.click(*head(page, "KSampler"))
    page.keyboard.press("Control+Shift+e")
    expect_titled(page, "Subgraph")

    def toggle() -> None:
        page.keyboard.press("Enter")
        expect_titled(page, "KSampler")
        rest(page)
        card(page, "KSampler").locator("[data-input=steps] .widget-label").click(button="right")
        page.get_by_role("menuitem", name="Show steps on the subgraph").click()
        page.keyboard.press("Escape")
        expect_titled(page, "Subgraph")

    toggle()
    steps = card(page, "Subgraph").locator("[data-input=steps]")
    expect(steps).to_contain_text("20")
    page.mouse.click(*head(page, "Subgraph"))
    toggle()
    expect(steps).to_have_count(0)


def test_arranging_leaves_no_node_on_another(page: Page) -> None:
    page.keyboard.press("Control+a")
    command(page, "Arrange automatically")
    boxes = [box.bounding_box() for box in page.locator(".react-flow__node-card").all()]
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a is not None
            assert b is not None
            apart_x = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
            assert apart_x or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]


def test_the_right_button_offers_what_fits_the_place(page: Page) -> None:
    page.mouse.click(*head(page, "KSampler"), button="right")
    expect(page.get_by_role("menuitem").filter(has_text="Bypass")).to_have_count(1)
    page.keyboard.press("Escape")
    page.mouse.click(*EMPTY, button="right")
    expect(page.get_by_role("menuitem").filter(has_text="Add a node")).to_have_count(1)
    page.keyboard.press("Escape")


def test_a_long_press_of_a_finger_offers_what_fits_the_place(page: Page) -> None:
    """Also where the browser sends no contextmenu event for it, as on tablets."""
    finger = {"pointerType": "touch", "pointerId": 7, "isPrimary": True}

    def press(found: Locator, name: str) -> None:
        x, y = middle(found)
        found.dispatch_event("pointerdown", {**finger, "clientX": x, "clientY": y})
        expect(page.get_by_role("menuitem", name=name).first).to_be_visible()
        found.dispatch_event("pointerup", {**finger, "clientX": x, "clientY": y})
        page.keyboard.press("Escape")
        expect(page.get_by_role("menu")).to_have_count(0)

    press(card(page, "KSampler").locator(".card-title"), "Bypass")
    press(page.locator(".react-flow__pane"), "Add a node")
    page.set_viewport_size({"width": 390, "height": 700})
    for y in (200, 550):
        page.locator(".react-flow__pane").dispatch_event("pointerdown", {**finger, "clientX": 200, "clientY": y})
        menu = page.get_by_role("menu")
        expect(menu).to_be_visible()
        box = menu.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] > y or box["y"] + box["height"] < y, (
            "it lies under the finger, which would choose when it is lifted"
        )
        page.locator(".react-flow__pane").dispatch_event("pointerup", finger)
        page.keyboard.press("Escape")
        expect(menu).to_have_count(0)


def test_a_menu_is_no_higher_than_the_window_and_scrolls(page: Page) -> None:
    page.set_viewport_size({"width": 1366, "height": 600})
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("menuitem", name="View").hover()
    last = page.get_by_role("menuitem", name="Keyboard shortcuts")
    last.scroll_into_view_if_needed()
    box = last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 600


def test_a_problem_is_shown_on_the_node_on_the_field_and_in_the_list(page: Page) -> None:
    drag(page, socket(page, "KSampler", "model", "in"), EMPTY)
    page.keyboard.press("Control+Enter")
    wrong = card(page, "KSampler").locator(".card-problem")
    expect(wrong.first).to_contain_text("model", timeout=20_000)
    page.locator(".status button").click()
    expect(page.locator(".drawer")).to_contain_text("model")


def test_a_picture_that_carries_its_workflow_opens_in_a_new_tab(page: Page, tmp_path: Path) -> None:
    make_quick(page)
    page.keyboard.press("Control+Enter")
    picture = card(page, "Save Image").locator("img.picture").first
    expect(picture).to_be_visible(timeout=90_000)
    content = page.request.get(str(picture.evaluate("image => image.src"))).body()
    (tmp_path / "found.png").write_bytes(content)
    drop_file(page, "found.png", "image/png", content)
    expect(page.get_by_role("tab").filter(has_text="found")).to_have_count(1)
    expect_links(page, 9)


def test_what_is_saved_can_be_opened_again(page: Page) -> None:
    with page.expect_download() as download:
        command(page, "saveFile")
    file = json.loads(Path(download.value.path()).read_text())
    assert len(file["nodes"]) == 8
    assert file["version"] == 0.4
    drop_file(page, "again.json", "application/json", json.dumps(file).encode())
    expect(page.get_by_role("tab", name="again")).to_have_attribute("aria-selected", "true")
    expect_links(page, 9)


@pytest.mark.parametrize(
    ("name", "kind", "content", "sentence"),
    [
        ("bad.json", "application/json", b"[1, 2", "bad holds no workflow: it is no valid JSON."),
        ("list.json", "application/json", b"[1, 2]", "list holds no workflow: it has no list of nodes,"),
        ("model.safetensors", "", b"\x08\0\0\0\0\0\0\0{}", "model.safetensors cannot be opened. Drop a workflow"),
        ("paper.pdf", "application/pdf", b"%PDF-1.7", "paper.pdf cannot be opened. Drop a workflow"),
    ],
)
def test_a_file_that_is_no_workflow_is_refused_in_a_sentence(
    page: Page, name: str, kind: str, content: bytes, sentence: str
) -> None:
    drop_file(page, name, kind, content)
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    assert page.get_by_role("tab").count() == 1


@pytest.mark.parametrize(
    ("name", "kind", "title"),
    [("zz.png", "image/png", "Load Image"), ("zz.wav", "audio/wav", "Load Audio"), ("zz.webm", "", "Load Video")],
)
def test_a_dropped_picture_sound_or_film_becomes_a_node_that_has_it(
    page: Page, name: str, kind: str, title: str
) -> None:
    drop_file(page, name, kind, b"no such file, but the name and the kind count here")
    expect_titled(page, title)
    chosen = card(page, title).get_by_role("combobox").first
    expect(chosen).to_contain_text(name.split(".")[0])
    expect(chosen).not_to_contain_text("is not there")


def test_the_language_changes_at_once(page: Page) -> None:
    command(page, "Language")
    expect(page.get_by_role("button", name="运行", exact=True)).to_be_visible()


def drop_file(page: Page, name: str, kind: str, content: bytes) -> None:
    page.evaluate(
        """([name, kind, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, { type: kind }));
            const target = document.querySelector(".react-flow__pane");
            const place = { bubbles: true, cancelable: true, clientX: 600, clientY: 200 };
            for (const type of ["dragover", "drop"])
                target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, ...place }));
        }""",
        [name, kind, list(content)],
    )
    rest(page)
