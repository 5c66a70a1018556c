"""What a test does with the mouse and what it reads from the canvas, in words."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

Point = tuple[float, float]


def card(page: Page, title: str, index: int = 0) -> Locator:
    """A node by its title."""
    return page.locator(".react-flow__node-card").filter(has=page.locator(f'.card-title:text-is("{title}")')).nth(index)


def titles(page: Page) -> list[str]:
    """The titles of all nodes, sorted."""
    return sorted(page.locator(".card-title").all_inner_texts())


def links(page: Page) -> int:
    return page.locator(".react-flow__edge").count()


def socket(page: Page, title: str, slot: str, side: str, index: int = 0) -> Point:
    """The middle of a socket; side: in or out."""
    return middle(card(page, title, index).locator(f'.socket[data-handleid="{side}:{slot}"]'))


def middle(found: Locator) -> Point:
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def head(page: Page, title: str, index: int = 0) -> Point:
    """Where a node is taken hold of."""
    box = card(page, title, index).locator(".card-head").bounding_box()
    assert box is not None
    return box["x"] + 30, box["y"] + box["height"] / 2


def drag(page: Page, start: Point, end: Point, steps: int = 12, button: Any = "left") -> None:
    page.mouse.move(*start)
    page.mouse.down(button=button)
    page.mouse.move(*end, steps=steps)
    page.mouse.up(button=button)
    page.wait_for_timeout(120)


def add(page: Page, query: str, at: Point) -> None:
    """Double click on the canvas, type, Enter."""
    page.mouse.dblclick(*at)
    page.get_by_role("combobox").fill(query)
    page.keyboard.press("Enter")
    page.wait_for_timeout(150)


def undo(page: Page) -> None:
    page.keyboard.press("Control+z")
    page.wait_for_timeout(120)


def command(page: Page, name: str) -> None:
    """Perform an action by its name, through the command palette."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
