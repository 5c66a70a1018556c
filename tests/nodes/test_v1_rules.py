"""The executor's rules as classes of the field's first contract meet them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest

from diffusion.values import Area
from graph.blocker import ExecutionBlocker
from graph.cache import NoCache
from tests.nodes.field_bench import FieldBench, a_class

INT = ("INT", {"default": 0})
AREA = Area(8, 8, 0, 0, False)


class AnyType(str):
    """How packs write a type that fits every other."""

    def __ne__(self, other: object) -> bool:
        return False


def one(inputs: Any, function: Callable[..., Any], **attributes: Any) -> FieldBench:
    """A bench with one class, Own."""
    return FieldBench(a_class(inputs, function, **attributes))


def test_a_linked_input_that_nobody_declared_reaches_a_function_with_kwargs_and_a_constant_one_is_dropped() -> None:
    bench = one({"required": {}}, lambda **given: (sorted(given),))
    result = bench.run(
        c=("Constant", {"value": 1}), o=("Own", {"x": ["c", 0], "y": 5}), s=("Show", {"value": ["o", 0]})
    )
    assert result.values == {"s": [["x"]]}


def test_inputs_of_any_name_are_kept_where_the_class_says_it_holds_every_name() -> None:
    class Open(dict[str, Any]):
        def __contains__(self, key: object) -> bool:
            return True

        def __getitem__(self, key: str) -> Any:
            return (AnyType("*"),)

    bench = one({"required": {}, "optional": Open()}, lambda **given: (given,))
    result = bench.run(
        c=("Constant", {"value": 1}), o=("Own", {"x": ["c", 0], "y": 5}), s=("Show", {"value": ["o", 0]})
    )
    assert result.values == {"s": [{"x": 1, "y": 5}]}


def test_a_missing_optional_input_leaves_the_functions_own_default() -> None:
    class Default:
        INPUT_TYPES = classmethod(lambda cls: {"required": {}, "optional": {"n": INT}})
        RETURN_TYPES = ("INT",)
        FUNCTION = "work"

        def work(self, n: int = 7) -> tuple[int]:
            return (n,)

    assert FieldBench(Default).run(o=("Default", {}), s=("Show", {"value": ["o", 0]})).values == {"s": [7]}


def test_a_type_that_equals_every_other_may_be_linked_to_any() -> None:
    bench = one({"required": {"image": (AnyType("IMAGE,STRING"),)}}, lambda image: (image,))
    assert bench.run(
        c=("Constant", {"value": 1}), o=("Own", {"image": ["c", 0]}), s=("Show", {"value": ["o", 0]})
    ).values


def test_types_are_not_checked_for_a_class_that_asks_to_be_told_them() -> None:
    asked: list[Any] = []

    def validate(cls: Any, input_types: Any) -> bool:
        asked.append(input_types)
        return True

    bench = one({"required": {"image": ("IMAGE",)}}, lambda image: (image,), VALIDATE_INPUTS=classmethod(validate))
    result = bench.run(c=("Constant", {"value": 1}), o=("Own", {"image": ["c", 0]}), s=("Show", {"value": ["o", 0]}))
    assert (result.problems, asked) == ([], [{"image": "INT"}])


@pytest.mark.parametrize("is_async", [False, True])
def test_own_checks_see_constants_and_none_for_links_and_a_string_is_the_message(is_async: bool) -> None:
    seen: list[Any] = []

    def validate(cls: Any, n: Any, a: Any) -> Any:
        seen.append((n, a))
        return "n is odd"

    async def validate_later(cls: Any, n: Any, a: Any) -> Any:
        return validate(cls, n, a)

    check = classmethod(validate_later if is_async else validate)
    bench = one({"required": {"n": ("INT", {"max": 5}), "a": INT}}, lambda n, a: (n,), VALIDATE_INPUTS=check)
    result = bench.run(c=("Constant", {}), o=("Own", {"n": 9, "a": ["c", 0]}), s=("Show", {"value": ["o", 0]}))
    assert (seen, result.codes) == ([(9, None)], [("o", "custom_validation_failed", "n")])
    assert result.problems[0].message == "n is odd"


def test_anything_but_true_from_an_own_check_refuses() -> None:
    check = classmethod(lambda cls: 1)
    bench = one({"required": {}}, lambda: (1,), VALIDATE_INPUTS=check)
    assert bench.run(o=("Own", {}), s=("Show", {"value": ["o", 0]})).codes == [("o", "custom_validation_failed", "")]


def test_an_object_lives_as_long_as_its_node_stays_in_the_graph() -> None:
    class Counter:
        INPUT_TYPES: Any = classmethod(lambda cls: {"required": {}})
        RETURN_TYPES = ("INT",)
        FUNCTION = "count"

        def __init__(self) -> None:
            self.calls = 0

        def count(self) -> tuple[int]:
            self.calls += 1
            return (self.calls,)

    bench = FieldBench(Counter, cache=NoCache())

    def count(name: str) -> Any:
        calls: Any = {name: ("Counter", {}), "s": ("Show", {"value": [name, 0]})}
        return bench.run(**calls).values["s"]

    assert [count("a"), count("a"), count("b"), count("a")] == [[1], [2], [1], [1]]


def test_lazy_inputs_are_none_until_asked_for_on_the_object_that_works() -> None:
    class Lazy:
        INPUT_TYPES = classmethod(
            lambda cls: {"required": {"pick": INT, "a": ("INT", {"lazy": True}), "b": ("INT", {"lazy": True})}}
        )
        RETURN_TYPES = ("INT",)
        FUNCTION = "work"

        def check_lazy_status(self, pick: int, a: Any, b: Any) -> list[str]:
            self.asked = (a, b)
            return ["b"] if pick else ["a"]

        def work(self, pick: int, a: Any, b: Any) -> tuple[Any]:
            return ((self.asked, a, b),)

    calls: Any = {"x": ("Constant", {"value": 1}), "y": ("Constant", {"value": 2})}
    lazy = ("Lazy", {"pick": 1, "a": ["x", 0], "b": ["y", 0]})
    result = FieldBench(Lazy).run(**calls, l=lazy, s=("Show", {"value": ["l", 0]}))
    assert (result.values, result.ran) == ({"s": [((None, 2), None, 2)]}, ["l", "y", "s"])


def test_a_class_that_takes_lists_gets_all_inputs_as_lists_and_unevaluated_ones_as_a_list_of_none() -> None:
    class Lists:
        INPUT_TYPES = classmethod(
            lambda cls: {
                "required": {"n": INT, "many": INT, "late": ("INT", {"lazy": True})},
                "hidden": {"me": "UNIQUE_ID"},
            }
        )
        INPUT_IS_LIST = True
        RETURN_TYPES = ("INT",)
        FUNCTION = "work"

        def check_lazy_status(self, n: Any, many: Any, late: Any, me: Any) -> list[str]:
            self.asked = late
            return []

        def work(self, n: Any, many: Any, late: Any, me: Any) -> tuple[Any]:
            return ((n, many, self.asked, me),)

    bench = FieldBench(Lists)
    inputs = {"n": 4, "many": ["m", 0], "late": ["m", 0]}
    result = bench.run(
        m=("Several", {"count": 2}), k=("Constant", {}), l=("Lists", {**inputs, "late": ["k", 0]}),
        s=("Show", {"value": ["l", 0]}),
    )  # fmt: skip
    assert result.values == {"s": [([4], [0, 1], [None], ["l"])]}


@pytest.mark.parametrize(
    ("returned", "given"),
    [
        ((5,), [5]),
        ([5], [5]),
        ({"result": (5,)}, [5]),
        ({"ui": {"text": ["x"]}, "result": (5,)}, [5]),
        (ExecutionBlocker(), None),
    ],
)
def test_a_function_returns_a_tuple_a_dictionary_or_a_blocker(returned: Any, given: Any) -> None:
    bench = one({"required": {}}, lambda: returned)
    assert bench.run(o=("Own", {}), s=("Show", {"value": ["o", 0]})).values.get("s") == given


def test_a_blocker_with_a_message_is_told_of_once_and_the_run_succeeds() -> None:
    bench = one({"required": {}}, lambda: (ExecutionBlocker("not today"),))
    result = bench.run(
        o=("Own", {}), c=("Constant", {"value": 3}), s=("Show", {"value": ["o", 0]}), t=("Show", {"value": ["c", 0]})
    )
    assert (result.blocked, result.values, result.succeeded) == ([("s", "not today")], {"t": [3]}, True)


def test_blockers_block_single_items_of_a_list() -> None:
    bench = one({"required": {"n": INT}}, lambda n: (ExecutionBlocker() if n == 1 else n * 10,))
    result = bench.run(m=("Several", {}), o=("Own", {"n": ["m", 0]}), s=("Show", {"value": ["o", 0]}))
    assert result.values == {"s": [0, 20]}


def test_hidden_inputs_are_filled_in_by_what_they_are_called() -> None:
    hidden = {"p": "PROMPT", "d": "DYNPROMPT", "e": "EXTRA_PNGINFO", "i": "UNIQUE_ID", "k": "API_KEY_COMFY_ORG"}
    bench = one(
        {"required": {}, "hidden": hidden}, lambda p, d, e, i, k: ((sorted(p), d.get_node("o")["class_type"], e, i, k),)
    )
    bench.extra = {"extra_pnginfo": {"workflow": {}}, "api_key_comfy_org": "secret"}
    result = bench.run(o=("Own", {}), s=("Show", {"value": ["o", 0]}))
    assert result.values == {"s": [(["o", "s"], "Own", {"workflow": {}}, "o", "secret")]}


def test_hidden_constants_of_a_packs_own_reach_the_function_when_they_are_sent() -> None:
    bench = one({"required": {}, "hidden": {"size": ("INT", {"default": 1})}}, lambda size=None: (size,))
    sent = bench.run(o=("Own", {"size": 3}), s=("Show", {"value": ["o", 0]}))
    left_out = bench.run(o=("Own", {}), s=("Show", {"value": ["o", 0]}))
    assert (sent.values, left_out.values) == ({"s": [3]}, {"s": [None]})


def test_a_raw_link_input_gets_the_link_itself() -> None:
    bench = one({"required": {"x": ("*", {"rawLink": True})}}, lambda x: (x,))
    assert bench.run(c=("Constant", {}), o=("Own", {"x": ["c", 0]}), s=("Show", {"value": ["o", 0]})).values == {
        "s": [["c", 0]]
    }


def test_async_functions_of_a_list_run_at_the_same_time() -> None:
    inside: list[int] = []

    async def work(n: int) -> tuple[int]:
        inside.append(n)
        while len(inside) < 3:
            await asyncio.sleep(0)
        return (n,)

    bench = one({"required": {"n": INT}}, work)
    assert bench.run(m=("Several", {}), o=("Own", {"n": ["m", 0]}), s=("Show", {"value": ["o", 0]})).values == {
        "s": [0, 1, 2]
    }


def test_an_expansion_runs_in_the_place_of_its_node_and_its_own_output_nodes_too() -> None:
    def expand(n: int) -> dict[str, Any]:
        inner = {"class_type": "Constant", "inputs": {"value": n + 1}}
        return {
            "expand": {"in": inner, "out": {"class_type": "Show", "inputs": {"value": ["in", 0]}}},
            "result": (["in", 0],),
        }

    bench = one({"required": {"n": INT}}, expand)
    result = bench.run(o=("Own", {"n": 4}), s=("Show", {"value": ["o", 0]}))
    assert result.values == {"s": [5], "o.0.0.out": [5]}


def test_mixed_results_of_a_mapped_call_merge_in_order() -> None:
    def work(n: int) -> Any:
        if n != 1:
            return (n,)
        return {"expand": {"in": {"class_type": "Constant", "inputs": {"value": 100}}}, "result": (["in", 0],)}

    bench = one({"required": {"n": INT}}, work)
    result = bench.run(m=("Several", {}), o=("Own", {"n": ["m", 0]}), s=("Show", {"value": ["o", 0]}))
    assert result.values == {"s": [0, 100, 2]}


def changing(answers: list[Any], seen: list[Any]) -> FieldBench:
    def is_changed(cls: Any, /, **given: Any) -> Any:
        seen.append(given)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    inputs = {"required": {"n": INT, "a": INT}}
    return one(inputs, lambda n, a: (n,), IS_CHANGED=classmethod(is_changed))


CHANGING: Any = {"c": ("Constant", {}), "o": ("Own", {"n": 1, "a": ["c", 0]}), "s": ("Show", {"value": ["o", 0]})}


def test_is_changed_sees_constants_only_and_its_answer_is_part_of_the_key() -> None:
    seen: list[Any] = []
    bench = changing(["x", "x", "y"], seen)
    assert [bench.run(**CHANGING).ran for _ in range(3)] == [["c", "o", "s"], [], ["o", "s"]]
    assert seen == [{"n": 1, "a": None}] * 3


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("answer", [math.nan, ValueError("no")])
def test_nan_or_an_error_from_is_changed_means_to_run_again(answer: Any) -> None:
    bench = changing([answer, answer], [])
    assert [bench.run(**CHANGING).ran for _ in range(2)] == [["c", "o", "s"], ["o", "s"]]


def test_what_the_prompt_says_of_a_change_is_taken_instead_of_asking() -> None:
    bench = changing([], [])
    prompt = {call: {"class_type": name, "inputs": inputs} for call, (name, inputs) in CHANGING.items()}

    def run(is_changed: Any) -> list[str]:
        return bench.run_prompt({**prompt, "o": {**prompt["o"], "is_changed": is_changed}}).ran

    assert [run(["x"]), run(["x"]), run(["y"])] == [["c", "o", "s"], [], ["o", "s"]]


def test_ids_are_not_in_the_key_unless_the_class_is_told_its_id_or_is_not_idempotent() -> None:
    plain = one({"required": {}}, lambda: (1,))
    told = one({"required": {}, "hidden": {"me": "UNIQUE_ID"}}, lambda me: (1,))
    other = one({"required": {}}, lambda: (1,), NOT_IDEMPOTENT=True)

    def ran_again(bench: FieldBench) -> bool:
        bench.run(a=("Own", {}), s=("Show", {"value": ["a", 0]}))
        return "b" in bench.run(b=("Own", {}), s=("Show", {"value": ["b", 0]})).ran

    assert [ran_again(plain), ran_again(told), ran_again(other)] == [False, True, True]


def test_an_error_names_the_node_its_class_and_its_own_lines() -> None:
    def fail() -> Any:
        raise ValueError("the disk is full")

    result = one({"required": {}}, fail).run(o=("Own", {}), s=("Show", {"value": ["o", 0]}))
    failure = result.failure
    assert failure is not None
    assert (failure.call, failure.node_type, failure.exception_type, failure.message) == (
        "o",
        "Own",
        "ValueError",
        "the disk is full",
    )
    assert "test_v1_rules.py" in failure.traceback[-1]


def test_a_member_that_easels_values_do_not_have_is_missed_in_a_sentence() -> None:
    async def later() -> tuple[Any]:
        return (AREA.clone(),)  # type: ignore[attr-defined]  # what is tested

    for function in (lambda: (AREA.clone(),), later):  # type: ignore[attr-defined]  # what is tested
        failure = one({"required": {}}, function).run(o=("Own", {}), s=("Show", {"value": ["o", 0]})).failure
        assert failure is not None
        assert failure.message == (
            "This node uses Area.clone, a part of another engine's model code that Easel does not have. "
            "Use one of Easel's own nodes in its place."
        )
    own = one({"required": {}}, lambda: (AREA.height.nothing,)).run(o=("Own", {}), s=("Show", {"value": ["o", 0]}))  # type: ignore[attr-defined]
    assert own.failure is not None
    assert own.failure.exception_type == "AttributeError"
