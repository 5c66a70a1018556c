"""Text nodes: joined, cut, searched, filled in; regular expressions; JSON; lists of texts."""

from __future__ import annotations

import pytest
import torch

from graph.errors import UserError
from nodes import json_text, regex, text, text_lists


def test_texts_are_joined_with_a_delimiter() -> None:
    assert text.concatenate(string_a="a", string_b="b", delimiter=", ") == "a, b"


@pytest.mark.parametrize(("start", "end", "part"), [(1, 3, "bc"), (-2, 99, "de"), (3, 1, ""), (0, -1, "abcd")])
def test_positions_of_a_substring_count_from_0_and_negative_ones_from_the_end(start: int, end: int, part: str) -> None:
    assert text.cut_substring(string="abcde", start=start, end=end) == part


def test_length_counts_characters_not_bytes() -> None:
    assert text.count_characters(string="äö🦊") == 3


@pytest.mark.parametrize(
    ("mode", "result"),
    [
        ("UPPERCASE", "A RED FOX"),
        ("lowercase", "a red fox"),
        ("Capitalize", "A red fox"),
        ("Title Case", "A Red Fox"),
    ],
)
def test_case_is_converted(mode: str, result: str) -> None:
    assert text.convert_case(string="a Red fOX", mode=mode) == result


@pytest.mark.parametrize(("mode", "result"), [("Both", "a b"), ("Left", "a b\n "), ("Right", " \ta b")])
def test_space_is_trimmed_on_the_sides_asked_for(mode: str, result: str) -> None:
    assert text.trim(string=" \ta b\n ", mode=mode) == result


def test_an_empty_find_replaces_nothing() -> None:
    assert text.replace_text(string="abab", find="b", replace="c") == "acac"
    assert text.replace_text(string="abab", find="", replace="c") == "abab"


def test_containing_and_comparing_heed_case_only_when_asked() -> None:
    assert not text.contains(string="A Fox", substring="fox")
    assert text.contains(string="A Fox", substring="fox", case_sensitive=False)
    assert text.compare_text(string_a="Foxes", string_b="Fox", mode="Starts With")
    assert not text.compare_text(string_a="Foxes", string_b="ES", mode="Ends With")
    assert text.compare_text(string_a="Foxes", string_b="foxES", mode="Equal", case_sensitive=False)


def test_a_template_is_filled_with_the_linked_values() -> None:
    values = {"a": 1344, "b": 0.12345, "c": "fox"}
    assert text.format_text(f_string="{{{c}}} {a} x {b:.2f} {c!r:>7}", values=values) == "{fox} 1344 x 0.12   'fox'"


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{b}", "f_string names b, which is not linked; linked: a."),
        ("{", "f_string cannot be filled in: "),
        ("{a.__class__}", "'a.__class__' is no name of a value"),
        ("{a[0]}", "is no name of a value"),
        ("{}", "f_string cannot be filled in: "),
        ("{a:d}", "f_string cannot be filled in: "),
    ],
)
def test_a_template_cannot_reach_beyond_the_linked_values(template: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint.replace("[", r"\[")):
        text.format_text(f_string=template, values={"a": "x"})


@pytest.mark.parametrize(
    ("mode", "group", "found"),
    [
        ("First Match", 1, "1girl"),
        ("All Matches", 1, "1girl\n2Boys"),
        ("First Group", 1, "1"),
        ("First Group", 2, "girl"),
        ("First Group", 3, ""),
        ("All Groups", 2, "girl\nBoys"),
        ("All Groups", 0, "1girl\n2Boys"),
    ],
)
def test_a_pattern_extracts_matches_or_one_of_their_groups(mode: str, group: int, found: str) -> None:
    pattern = r"(\d)([a-z]+)"
    assert regex.extract_regex(string="1girl, 2Boys", regex_pattern=pattern, mode=mode, group_index=group) == found


def test_a_pattern_s_flags_are_heeded() -> None:
    assert not regex.match_regex(string="a\nB", regex_pattern="^b")
    assert regex.match_regex(string="a\nB", regex_pattern="^b", multiline=True)
    assert not regex.match_regex(string="a\nB", regex_pattern="^b", multiline=True, case_insensitive=False)
    assert regex.match_regex(string="a\nB", regex_pattern="a.b", dotall=True)


def test_replacing_by_a_pattern_knows_groups_and_a_count() -> None:
    replaced = regex.replace_regex(string="a1 b2 c3", regex_pattern=r"([a-z])(\d)", replace=r"\2\1", count=2)
    assert replaced == "1a 2b c3"


@pytest.mark.parametrize(("pattern", "replacement"), [("(", ""), ("a", r"\1"), ("a", r"\g<name>"), ("[z-a]", "")])
def test_a_pattern_that_cannot_be_read_is_refused_in_a_sentence(pattern: str, replacement: str) -> None:
    with pytest.raises(UserError, match=r"regex_pattern cannot be read|replace refers to"):
        regex.replace_regex(string="aaa", regex_pattern=pattern, replace=replacement)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"key": "fox"}', "fox"),
        ('Sure! ```json\n{"key": "fox"}\n``` and {"key": "no"}', "fox"),
        ('{broken {"key": 1.5}', "1.5"),
        ('{"key": {"a": [1, "ä"]}}', '{"a": [1, "ä"]}'),
        ('{"key": true}', "true"),
        ('{"key": null}', ""),
        ('{"other": 1}', ""),
        ("no object", ""),
        ("{" * 5000, ""),
    ],
)
def test_a_value_is_found_in_the_first_json_object_of_a_text(answer: str, found: str) -> None:
    assert json_text.extract_json(json_string=answer, key="key") == found


def test_values_are_written_as_json_and_tensors_in_words() -> None:
    assert json_text.write_array(array=[1, "ä"], indent=0) == '[1, "ä"]'
    assert json_text.write_dictionary(dictionary={"a": torch.zeros(1, 2)}, indent=2) == '{\n  "a": "Tensor (1, 2)"\n}'


def test_texts_of_a_data_set_are_changed_one_by_one() -> None:
    assert text_lists.to_lowercase(texts="A Fox") == "a fox"
    assert text_lists.to_uppercase(texts="A Fox") == "A FOX"
    assert text_lists.truncate(texts="A Fox", max_length=3) == "A F"
    assert text_lists.add_prefix(texts="fox", prefix="a ") == "a fox"
    assert text_lists.add_suffix(texts="fox", suffix="es") == "foxes"
    assert text_lists.replace_in_texts(texts="fox", find="x", replace="g") == "fog"
    assert text_lists.strip_whitespace(texts=" fox\n") == "fox"
    assert text_lists.merge_texts(texts=["fox", "hen"]) == ["fox", "hen"]
