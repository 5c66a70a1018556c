"""Node types' own checks of their inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import pytest

from graph.custom_checks import ask_checks
from graph.document import parse_prompt
from graph.node import Node, node, node_of
from graph.spec import Int
from graph.validate import check
from tests.graph.samples import CATALOG, NUMBER, SAMPLES, prompt

DATA = prompt(a=("Number", {"value": 1}), c=("Checked", {"a": ["a", 0], "n": 5}))


def nodes(answer: Any, seen: list[Any] | None = None) -> dict[str, Node]:
    def refuse(n: Any, a: Any) -> Any:
        if seen is not None:
            seen.append((n, a))
        if isinstance(answer, Exception):
            raise answer
        return answer

    @node("Checked", category="t", output=True, check=refuse)
    def checked(*, a: NUMBER, n: Annotated[int, Int()] = 0) -> None:
        """Checks for itself."""

    return {**SAMPLES, "Checked": node_of(checked)}


def ask(types: dict[str, Node]) -> list[tuple[str, str, str, str]]:
    return [(p.call, p.code, p.input, p.message) for p in ask_checks(parse_prompt(DATA), types, ["c"])]


async def later(value: Any) -> Any:
    return value


@pytest.mark.parametrize(
    ("answer", "problems"),
    [
        (True, []),
        ("n is odd.", [("c", "custom_validation_failed", "n", "n is odd.")]),
        (False, [("c", "custom_validation_failed", "n", "Checked refuses these inputs without saying why.")]),
        (None, [("c", "custom_validation_failed", "n", "Checked refuses these inputs without saying why.")]),
        (
            ValueError("oh"),
            [("c", "exception_during_validation", "", "Checked failed while it checked its inputs: ValueError: oh")],
        ),
    ],
)
def test_true_is_fine_a_string_is_the_message_and_anything_else_fails(answer: Any, problems: Any) -> None:
    assert ask(nodes(answer)) == problems


def test_an_async_check_is_awaited() -> None:
    assert [p[3] for p in ask(nodes(later("Not so.")))] == ["Not so."]


def test_a_check_gets_only_constants_and_linked_inputs_as_none() -> None:
    seen: list[Any] = []
    ask(nodes(True, seen))
    assert seen == [(5, None)]


def test_a_check_that_asks_gets_the_types_of_what_is_linked() -> None:
    seen: list[Any] = []
    types = nodes(True)
    spec = replace(types["Checked"].spec, checks_types=True)

    def look(inputs: Any) -> bool:
        seen.append(inputs["input_types"])
        return True

    ask({**types, "Checked": replace(types["Checked"], spec=spec, check=look)})
    assert seen == [{"a": "NUMBER"}]


def test_what_a_check_refuses_does_not_run() -> None:
    types = nodes("No.")
    catalog = {**CATALOG, "Checked": types["Checked"].spec}
    data = {**DATA, **prompt(out=("Show", {"value": 1}))}
    judged = check(parse_prompt(data), type(CATALOG)(catalog.values()))
    assert judged.outputs == ("c", "out")
    assert judged.adding(ask_checks(judged.graph, types, judged.outputs)).outputs == ("out",)
