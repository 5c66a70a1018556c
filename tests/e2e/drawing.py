"""What a test does with the mouse and what it reads from the canvas, in words. It waits on what is so, not on time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page, expect

Point = tuple[float, float]
Read = TypeVar("Read")

# Resolves when nodes, sockets and view have kept their places for three frames.
_REST = """() => new Promise((done) => {
    const box = (element) => Object.values(element.getBoundingClientRect().toJSON()).join(" ");
    const moving = ".react-flow__viewport, .card, .socket, .frame";
    const places = () => Array.from(document.querySelectorAll(moving), box).join();
    let before = "", count = 0;
    const look = () => {
        const now = places();
        count = now === before ? count + 1 : 0;
        before = now;
        count < 3 ? requestAnimationFrame(look) : done();
    };
    requestAnimationFrame(look);
})"""


# Resolves when the document has not changed for ten frames and every picture in it is there.
_QUIET = """() => new Promise((done) => {
    let count = 0;
    const observer = new MutationObserver(() => { count = 0; });
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const look = () => {
        count = Array.from(document.images).every(({ complete }) => complete) ? count + 1 : 0;
        if (count < 10) return requestAnimationFrame(look);
        observer.disconnect();
        done();
    };
    requestAnimationFrame(look);
})"""


def quiet(page: Page) -> None:
    """Wait until the page shows all that it is going to show."""
    page.evaluate(_QUIET)


def rest(page: Page) -> None:
    """Wait until nothing on the canvas moves any more."""
    page.evaluate(_REST)


def until(page: Page, read: Callable[[], Read], holds: Callable[[Read], bool], timeout_s: float = 20) -> None:
    """Wait until what is read fulfils a condition; the last reading is told if it never does."""
    end = time.monotonic() + timeout_s
    while not holds(found := read()):
        assert time.monotonic() < end, f"after {timeout_s} s there is still {found!r}"
        page.wait_for_timeout(20)


def card(page: Page, title: str, index: int = 0) -> Locator:
    """A node by its title."""
    return page.locator(".react-flow__node-card").filter(has=page.locator(f'.card-title:text-is("{title}")')).nth(index)


def titles(page: Page) -> list[str]:
    """The titles of all nodes, sorted."""
    return sorted(page.locator(".card-title").all_inner_texts())


def expect_titled(page: Page, title: str, count: int = 1) -> None:
    """So many nodes have this title."""
    expect(page.locator(f'.card-title:text-is("{title}")')).to_have_count(count)


def expect_links(page: Page, count: int) -> None:
    """So many links are drawn."""
    expect(page.locator(".react-flow__edge")).to_have_count(count)


def expect_at(page: Page, title: str, place: tuple[float | None, float | None], within: float = 4) -> None:
    """A node's head is there; None = anywhere on that axis."""
    until(
        page,
        lambda: head(page, title),
        lambda found: all(w is None or abs(f - w) < within for f, w in zip(found, place, strict=True)),
    )


def links(page: Page) -> int:
    return page.locator(".react-flow__edge").count()


def socket(page: Page, title: str, slot: str, side: str, index: int = 0) -> Point:
    """The middle of a socket; side: in or out."""
    return middle(card(page, title, index).locator(f'.socket[data-handleid="{side}:{slot}"]'))


def middle(found: Locator) -> Point:
    rest(found.page)
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def head(page: Page, title: str, index: int = 0) -> Point:
    """Where a node is taken hold of."""
    rest(page)
    box = card(page, title, index).locator(".card-head").bounding_box()
    assert box is not None
    return box["x"] + 30, box["y"] + box["height"] / 2


def link_middle(page: Page, link: str) -> Point:
    """Half way along a link, on the screen."""
    rest(page)
    x, y = page.locator(f'.react-flow__edge[data-id="{link}"] path').first.evaluate(
        "path => { const p = path.getPointAtLength(path.getTotalLength() / 2), m = path.getScreenCTM();"
        " return [p.x * m.a + m.e, p.y * m.d + m.f] }"
    )
    return x, y


def drag(page: Page, start: Point, end: Point, steps: int = 12, button: Any = "left") -> None:
    page.mouse.move(*start)
    page.mouse.down(button=button)
    page.mouse.move(*end, steps=steps)
    page.mouse.up(button=button)
    rest(page)


def add(page: Page, query: str, at: Point) -> None:
    """Double click on the canvas, type, Enter."""
    before = page.locator(".react-flow__node-card").count()
    page.mouse.dblclick(*at)
    page.get_by_role("combobox").fill(query)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".react-flow__node-card")).to_have_count(before + 1)
    rest(page)


def undo(page: Page) -> None:
    page.keyboard.press("Control+z")
    rest(page)


def command(page: Page, name: str) -> None:
    """Perform an action by its name, through the command palette."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill(name)
    page.keyboard.press("Enter")
    rest(page)
