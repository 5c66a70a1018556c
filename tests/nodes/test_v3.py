"""Node classes of the field's second contract: schemas, dynamic inputs, and how they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from diffusion.values import Area
from files.folders import Folders
from files.save import Saver
from graph.node import node_of
from graph.object_info import describe
from nodes.errors import BadNodeClass
from nodes.logic import switch
from nodes.v3 import io, ui
from nodes.v3.progress import ComfyAPI, ComfyAPISync
from nodes.v3.reading import node_from_v3
from tests.nodes.field_bench import FieldBench

io_: Any = io  # packs' own way of naming types, which are made at import


def schema(name: str, inputs: list[Any], outputs: list[Any] | None = None, **more: Any) -> io.Schema:
    return io.Schema(
        node_id=name, inputs=inputs, outputs=[io_.AnyType.Output()] if outputs is None else outputs, **more
    )


class Wide(io.ComfyNode):
    """One input of every common kind."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Wide",
            [
                io_.Image.Input("image", tooltip="a picture"),
                io_.Int.Input("n", default=3, min=1, max=9, step=2, control_after_generate=True),
                io_.Float.Input("f", default=0.5, round=0.01, display_mode=io.NumberDisplay.slider, optional=True),
                io_.String.Input("text", multiline=True, optional=True, advanced=True),
                io_.Combo.Input("mode", options=["a", "b"], default="b"),
                io_.Boolean.Input("on", default=True, label_on="yes", optional=True, lazy=True),
                io_.MultiType.Input(io_.Float.Input("both", default=1.0), [io_.Image, io_.Mask], optional=True),
                io_.Custom("OWN").Input("own", optional=True),
            ],
            [io_.Image.Output(display_name="picture"), io_.Custom("OWN").Output(is_output_list=True, tooltip="many")],
            display_name="A wide one",
            category="tests",
            is_output_node=True,
        )

    @classmethod
    def execute(cls, **given: Any) -> io.NodeOutput:
        return io.NodeOutput(given["image"], [])


def test_a_schema_is_described_as_the_wire_has_it() -> None:
    described = describe(node_from_v3(Wide, module="custom_nodes.test").spec, lambda _: None)
    assert described["input"]["required"] == {
        "image": ["IMAGE", {"tooltip": "a picture"}],
        "n": ["INT", {"default": 3, "min": 1, "max": 9, "step": 2, "control_after_generate": True}],
        "mode": ["COMBO", {"default": "b", "multiselect": False, "options": ["a", "b"]}],
    }
    assert described["input"]["optional"] == {
        "f": ["FLOAT", {"default": 0.5, "round": 0.01, "display": "slider"}],
        "text": ["STRING", {"advanced": True, "multiline": True}],
        "on": ["BOOLEAN", {"default": True, "lazy": True, "label_on": "yes"}],
        "both": ["FLOAT,IMAGE,MASK", {"default": 1.0, "widgetType": "FLOAT"}],
        "own": ["OWN"],
    }
    assert described["input"]["hidden"] == {"prompt": ["PROMPT"], "extra_pnginfo": ["EXTRA_PNGINFO"]}
    outputs = (described["output"], described["output_name"], described["output_is_list"])
    assert outputs == (["IMAGE", "OWN"], ["picture", "OWN"], [False, True])


def test_settings_may_be_given_by_position_in_the_contracts_order() -> None:
    given = (
        io.Boolean.Input("b", "B", True, "tip", None, True, "y", "n"),
        io.Int.Input("i", None, False, None, None, 3, 1, 9, 2, io.ControlAfterGenerate.fixed, io.NumberDisplay.slider),
        io.Float.Input("f", None, False, None, None, 0.5, 0.0, 1.0, 0.1, 0.01),
        io.String.Input("s", None, False, None, None, True, "write", "text", True),
        io.Combo.Input("c", ["x", "y"], None, False, None, None, "y"),
        io.MultiCombo.Input("m", ["x", "y"], None, False, None, None, ["x"], "some", True),
    )
    assert {item.id: item.as_entry() for item in given} == {
        "b": (
            "BOOLEAN",
            {"display_name": "B", "tooltip": "tip", "default": True, "label_on": "y", "label_off": "n"},
        ),
        "i": (
            "INT",
            {"default": 3, "min": 1, "max": 9, "step": 2, "control_after_generate": "fixed", "display": "slider"},
        ),
        "f": ("FLOAT", {"default": 0.5, "min": 0.0, "max": 1.0, "step": 0.1, "round": 0.01}),
        "s": ("STRING", {"default": "text", "multiline": True, "placeholder": "write", "dynamicPrompts": True}),
        "c": ("COMBO", {"default": "y", "multiselect": False, "options": ["x", "y"]}),
        "m": (
            "COMBO",
            {
                "default": ["x"],
                "multiselect": True,
                "options": ["x", "y"],
                "multi_select": {"placeholder": "some", "chip": True},
            },
        ),
    }
    with pytest.raises(TypeError, match="'b' is given default twice"):
        io.Boolean.Input("b", None, False, None, None, True, default=False)
    with pytest.raises(TypeError, match="at most 9 values"):
        io.Boolean.Input("b", *range(10))
    with pytest.raises(TypeError, match="colour"):
        io.Int.Input("i", colour="red")


def test_two_inputs_of_one_id_are_refused_by_name() -> None:
    class Twice(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            return schema("Twice", [io_.Int.Input("n"), io_.Int.Input("n")])

        @classmethod
        def execute(cls, n: int) -> io.NodeOutput:
            return io.NodeOutput(n)

    with pytest.raises(BadNodeClass, match="Twice has two inputs with the id n"):
        node_from_v3(Twice)


class Resize(io.ComfyNode):
    """A dynamic combo with a group inside."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        sizes = [io_.Int.Input("width", default=1, min=1, max=99), io_.Int.Input("height", default=2, optional=True)]
        batch = io_.Autogrow.Input("images", template=io_.Autogrow.TemplatePrefix(io_.Int.Input("image"), "image"))
        options = [
            io_.DynamicCombo.Option("size", sizes),
            io_.DynamicCombo.Option("factor", [io_.Float.Input("factor")]),
            io_.DynamicCombo.Option("like", [batch]),
        ]
        return schema("Resize", [io_.DynamicCombo.Input("resize_type", options=options)])

    @classmethod
    def execute(cls, resize_type: dict[str, Any]) -> io.NodeOutput:
        return io.NodeOutput(resize_type)


def resize(**inputs: Any) -> Any:
    bench = FieldBench(Resize)
    named = {name.replace("__", "."): value for name, value in inputs.items()}
    return bench.run(c=("Constant", {"value": 5}), r=("Resize", named), s=("Show", {"value": ["r", 0]}))


def test_a_dynamic_combo_gives_its_key_and_the_inputs_of_that_option() -> None:
    result = resize(resize_type="size", resize_type__width=["c", 0], resize_type__height=3, resize_type__factor=2.0)
    assert result.values == {"s": [{"resize_type": "size", "width": 5, "height": 3}]}


def test_groups_inside_groups_are_dictionaries_inside_dictionaries() -> None:
    result = resize(resize_type="like", resize_type__images__image0=["c", 0], resize_type__images__image1=7)
    assert result.values == {"s": [{"resize_type": "like", "images": {"image0": 5, "image1": 7}}]}


def test_the_inputs_of_the_chosen_option_are_judged_and_those_of_others_are_not() -> None:
    assert resize(resize_type="size").codes == [("r", "required_input_missing", "resize_type.width")]
    assert resize(resize_type="size", resize_type__width=500).codes == [
        ("r", "value_bigger_than_max", "resize_type.width")
    ]
    assert resize(resize_type="none").codes == [("r", "value_not_in_list", "resize_type")]


class Batch(io.ComfyNode):
    """A growing input of one type, and one of names."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        by_name = io_.Autogrow.TemplateNames(io_.Int.Input("x"), names=["a", "b"], min=1)
        by_number = io_.Autogrow.TemplatePrefix(io_.Int.Input("n", min=0, max=10), prefix="n", min=2, max=3)
        return schema(
            "Batch", [io_.Autogrow.Input("ns", template=by_number), io_.Autogrow.Input("xs", template=by_name)]
        )

    @classmethod
    def execute(cls, ns: dict[str, int], xs: dict[str, int]) -> io.NodeOutput:
        return io.NodeOutput((ns, xs))


def batch(**inputs: Any) -> Any:
    named = {name.replace("__", "."): value for name, value in inputs.items()}
    return FieldBench(Batch).run(c=("Constant", {"value": 5}), b=("Batch", named), s=("Show", {"value": ["b", 0]}))


def test_a_growing_input_is_a_dictionary_of_those_that_are_there() -> None:
    assert batch(ns__n0=1, ns__n2=["c", 0], xs__b=4, xs__z=9, ns__n3=1).values == {
        "s": [({"n0": 1, "n2": 5}, {"b": 4})]
    }


def test_a_growing_input_may_be_empty() -> None:
    assert batch().values == {"s": [({}, {})]}


def test_members_of_a_growing_input_have_its_limits() -> None:
    assert batch(ns__n0=11).codes == [("b", "value_bigger_than_max", "ns.n0")]


class Text(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema("Text", [], [io_.String.Output()])

    @classmethod
    def execute(cls) -> io.NodeOutput:
        return io.NodeOutput("text")


def test_members_of_a_group_have_its_type() -> None:
    result = FieldBench(Batch, Text).run(
        t=("Text", {}), b=("Batch", {"ns.n0": ["t", 0]}), s=("Show", {"value": ["b", 0]})
    )
    assert result.codes == [("b", "return_type_mismatch", "ns.n0")]
    assert result.problems[0].message.startswith("ns.n0 takes INT; output 0 of Text")


class Either(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        template = io_.MatchType.Template("t", [io_.Int, io_.Image])
        return schema(
            "Either", [io_.MatchType.Input("x", template)], [io_.MatchType.Output(template, display_name="x")]
        )

    @classmethod
    def execute(cls, x: Any) -> io.NodeOutput:
        return io.NodeOutput(x)


def test_a_match_type_takes_the_types_of_its_template_and_passes_them_on() -> None:
    bench = FieldBench(Either, Text)
    good = bench.run(c=("Constant", {"value": 5}), e=("Either", {"x": ["c", 0]}), s=("Show", {"value": ["e", 0]}))
    bad = bench.run(t=("Text", {}), e=("Either", {"x": ["t", 0]}), s=("Show", {"value": ["e", 0]}))
    assert (good.values, bad.codes) == ({"s": [5]}, [("e", "return_type_mismatch", "x")])
    assert bad.problems[0].message.startswith("x takes INT,IMAGE; ")


def test_an_output_of_a_match_type_is_described_with_the_template_of_its_inputs() -> None:
    described = [describe(node.spec, lambda _: None) for node in (node_from_v3(Either), node_from_v3(Wide))]
    assert [(d["output_matchtypes"], d["output"]) for d in described] == [
        (["t"], ["COMFY_MATCHTYPE_V3"]),
        (None, ["IMAGE", "OWN"]),
    ]
    assert describe(node_of(switch).spec, lambda _: None)["output_matchtypes"] == ["switch"]


class Slotted(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema("Slotted", [io_.DynamicSlot.Input(io_.Int.Input("slot"), inputs=[io_.Float.Input("strength")])])

    @classmethod
    def execute(cls, slot: dict[str, Any]) -> io.NodeOutput:
        return io.NodeOutput(slot)


def test_a_dynamic_slot_wants_its_inputs_once_something_is_linked() -> None:
    bench = FieldBench(Slotted)
    empty = bench.run(x=("Slotted", {}), s=("Show", {"value": ["x", 0]}))
    half = bench.run(c=("Constant", {}), x=("Slotted", {"slot": ["c", 0]}), s=("Show", {"value": ["x", 0]}))
    both = {"slot": ["c", 0], "slot.strength": 0.5}
    whole = bench.run(c=("Constant", {"value": 1}), x=("Slotted", both), s=("Show", {"value": ["x", 0]}))
    assert (empty.values, half.codes) == ({"s": [{}]}, [("x", "required_input_missing", "slot.strength")])
    assert whole.values == {"s": [{"slot": 1, "strength": 0.5}]}


class LazyGroup(io.ComfyNode):
    asked: Any = None

    @classmethod
    def define_schema(cls) -> io.Schema:
        template = io_.Autogrow.TemplatePrefix(io_.Int.Input("x", lazy=True), prefix="x", min=0, max=4)
        return schema("LazyGroup", [io_.Int.Input("pick"), io_.Autogrow.Input("xs", template=template)])

    @classmethod
    def check_lazy_status(cls, pick: int, xs: dict[str, tuple[Any, str]]) -> list[str]:
        value, full_name = xs[f"x{pick}"]
        return [full_name] if value is None else []

    @classmethod
    def execute(cls, pick: int, xs: dict[str, Any]) -> io.NodeOutput:
        return io.NodeOutput(xs[f"x{pick}"])


def test_members_of_a_group_may_be_lazy_and_are_asked_for_by_their_full_name() -> None:
    calls: Any = {"a": ("Constant", {"value": 1}), "b": ("Constant", {"value": 2})}
    lazy = ("LazyGroup", {"pick": 1, "xs.x0": ["a", 0], "xs.x1": ["b", 0]})
    result = FieldBench(LazyGroup).run(**calls, l=lazy, s=("Show", {"value": ["l", 0]}))
    assert (result.values, result.ran) == ({"s": [2]}, ["l", "b", "s"])


def test_without_a_wish_of_its_own_a_class_gets_all_that_is_lazy() -> None:
    class AllLazy(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            template = io_.Autogrow.TemplatePrefix(io_.Int.Input("x", lazy=True), prefix="x", min=0, max=4)
            return schema("AllLazy", [io_.Int.Input("n", lazy=True), io_.Autogrow.Input("xs", template=template)])

        @classmethod
        def execute(cls, n: int, xs: dict[str, int]) -> io.NodeOutput:
            return io.NodeOutput((n, xs))

    calls: Any = {"a": ("Constant", {"value": 1}), "b": ("Constant", {"value": 2})}
    lazy = ("AllLazy", {"n": ["a", 0], "xs.x0": 7, "xs.x1": ["b", 0]})
    assert FieldBench(AllLazy).run(**calls, l=lazy, s=("Show", {"value": ["l", 0]})).values == {
        "s": [(1, {"x0": 7, "x1": 2})]
    }


def returning(answer: Any, **more: Any) -> FieldBench:
    class Own(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            return schema("Own", [io_.Int.Input("n", default=0, optional=True)], **more)

        @classmethod
        def execute(cls, n: int = 0) -> Any:
            return answer(cls, n) if callable(answer) else answer

    return FieldBench(Own)


def own(bench: FieldBench, **inputs: Any) -> Any:
    return bench.run(o=("Own", inputs), m=("Several", {}), s=("Show", {"value": ["o", 0]}))


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        (io.NodeOutput(5), [5]),
        ((5,), [5]),
        ({"result": (5,)}, [5]),
        (io.NodeOutput(block_execution=""), None),
    ],
)
def test_execute_answers_with_a_node_output_a_tuple_a_dictionary_or_a_block(answer: Any, given: Any) -> None:
    assert own(returning(answer)).values.get("s") == given


def test_a_block_with_a_reason_is_told_of_and_the_run_succeeds() -> None:
    result = own(returning(io.NodeOutput(block_execution="no face found")))
    assert (result.blocked, result.succeeded) == ([("s", "no face found")], True)


def test_any_other_answer_is_an_error_that_says_so() -> None:
    failure = own(returning(5)).failure
    assert failure is not None
    assert failure.message.startswith("Invalid return type from node: Own returned int.")


def test_a_class_is_locked_while_it_runs() -> None:
    def write(cls: Any, n: int) -> Any:
        cls.kept = n

    failure = own(returning(write)).failure
    assert failure is not None
    assert (failure.exception_type, failure.message[:15]) == ("AttributeError", "Own.kept cannot")


def test_hidden_values_are_on_the_class_and_beside_inputs_of_the_same_name() -> None:
    class Hidden(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            return schema("Hidden", [io_.String.Input("prompt")], hidden=[io.Hidden.unique_id, io.Hidden.prompt])

        @classmethod
        def execute(cls, prompt: str) -> io.NodeOutput:
            return io.NodeOutput((prompt, cls.hidden.unique_id, sorted(cls.hidden.prompt), cls.hidden.dynprompt))

    result = FieldBench(Hidden).run(h=("Hidden", {"prompt": "a cat"}), s=("Show", {"value": ["h", 0]}))
    assert result.values == {"s": [("a cat", "h", ["h", "s"], None)]}


def test_expansion_has_to_be_allowed_by_the_schema() -> None:
    def expand(cls: Any, n: int) -> Any:
        return io.NodeOutput(["in", 0], expand={"in": {"class_type": "Constant", "inputs": {"value": 8}}})

    assert own(returning(expand, enable_expand=True)).values == {"s": [8]}
    failure = own(returning(expand)).failure
    assert failure is not None
    assert "enable_expand=True" in failure.message


def test_lists_are_mapped_or_taken_whole() -> None:
    mapped = own(returning(lambda cls, n: io.NodeOutput(n * 2)), n=["m", 0])
    whole = own(returning(lambda cls, n: io.NodeOutput(n), is_input_list=True), n=["m", 0])
    assert (mapped.values, whole.values) == ({"s": [0, 2, 4]}, {"s": [[0, 1, 2]]})


def test_async_classes_report_progress_for_their_own_node() -> None:
    async def work(n: int) -> io.NodeOutput:
        await ComfyAPI().execution.set_progress(1, 2)
        ComfyAPISync().execution.set_progress(2, 2)
        return io.NodeOutput(n)

    result = own(returning(lambda cls, n: work(n)), n=3)
    assert (result.values, result.progress) == ({"s": [3]}, [("o", 1, 2), ("o", 2, 2)])


def test_a_member_that_easels_values_do_not_have_is_missed_in_a_sentence_here_too() -> None:
    async def later() -> io.NodeOutput:
        return io.NodeOutput(Area(8, 8, 0, 0, False).clone())  # type: ignore[attr-defined]  # what is tested

    failure = own(returning(lambda cls, n: later()), n=3).failure
    assert failure is not None
    assert failure.message.startswith("This node uses Area.clone, a part of another engine's model code")


def test_own_checks_and_fingerprints_count_only_where_a_class_has_them() -> None:
    class Checked(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            return schema("Checked", [io_.Int.Input("n")])

        @classmethod
        def validate_inputs(cls, n: int) -> Any:
            return n < 5 or "n is too large"

        @classmethod
        def fingerprint_inputs(cls, n: int) -> Any:
            return float("nan")

        @classmethod
        def execute(cls, n: int) -> io.NodeOutput:
            return io.NodeOutput(n)

    bench = FieldBench(Checked)
    good: Any = {"c": ("Checked", {"n": 1}), "s": ("Show", {"value": ["c", 0]})}
    assert [bench.run(**good).ran for _ in range(2)] == [["c", "s"], ["c", "s"]]
    bad = bench.run(c=("Checked", {"n": 9}), s=("Show", {"value": ["c", 0]}))
    assert [p.message for p in bad.problems] == ["n is too large"]
    assert (node_from_v3(Text).check, node_from_v3(Text).fingerprint) == (None, None)


def test_ui_helpers_save_and_say_where(tmp_path: Path) -> None:
    def show(cls: Any, n: int) -> io.NodeOutput:
        picture = torch.full((2, 4, 4, 3), 0.5)
        sound = {"waveform": torch.zeros(1, 1, 800), "sample_rate": 8000}
        shown = {
            **ui.PreviewImage(picture, cls=cls).as_dict(),
            **ui.PreviewAudio(sound, cls=cls).as_dict(),
            **ui.PreviewText("hello").as_dict(),
            "saved": ui.ImageSaveHelper.get_save_images_ui(picture, "kept/me", cls).as_dict()["images"],
            "moving": [ui.ImageSaveHelper.save_animated_webp(picture, "m", io.FolderType.output, cls, 6, True, 80, 4)],
        }
        return io.NodeOutput(ui=shown)

    bench = returning(show, is_output_node=True)
    bench.services = {Saver: Saver(Folders(tmp_path))}
    found = bench.run(o=("Own", {})).shown["o"]
    assert [(item["subfolder"], item["type"]) for item in found["images"]] == [("", "temp")] * 2
    assert found["text"] == ["hello"]
    places = [("output", found["saved"][0]), ("output", found["moving"][0]), ("temp", found["audio"][0])]
    files = [tmp_path / place / item["subfolder"] / item["filename"] for place, item in places]
    assert [(file.suffix, file.stat().st_size > 0) for file in files] == [
        (".png", True),
        (".webp", True),
        (".flac", True),
    ]
