from __future__ import annotations

import json
import random

import pytest

from training.evaluation.prompts import Prompt, draw_prompts, read_prompts
from training.starter.captions import write_caption
from training.starter.concepts import all_concepts, find_concept, plural, with_article
from training.starter.recipe import STARTER
from training.starter.scene import HELD_OUT, Scene, Thing, sample_scene
from training.starter.words import list_words


def test_the_table_holds_150_concepts_or_more_and_no_word_twice() -> None:
    words = [word for concept in all_concepts() for word in (concept.word, *concept.aliases)]
    assert len(all_concepts()) >= 150
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("word", "several"),
    [("apple", "apples"), ("fox", "foxes"), ("strawberry", "strawberries"), ("fish", "fish"), ("key", "keys")],
)
def test_plurals_are_english(word: str, several: str) -> None:
    assert plural(word) == several


def test_articles_follow_the_sound_and_stuffs_have_none() -> None:
    words = [("red apple", "apple"), ("owl", "owl"), ("unicorn", "unicorn"), ("orange cat", "cat"), ("fries", "fries")]
    assert [with_article(*pair) for pair in words] == ["a red apple", "an owl", "a unicorn", "an orange cat", "fries"]


def test_a_pair_that_is_held_out_never_comes_up() -> None:
    rng = random.Random(0)
    things = [thing for _ in range(5000) for thing in sample_scene(rng).things]
    assert not HELD_OUT & {(thing.concept.word, thing.colour) for thing in things}


def test_a_caption_says_what_the_scene_holds() -> None:
    fox = Thing(find_concept("fox"), "fox", colour="blue")
    scene = Scene((fox,), "flat", "on grass", position="left", says_style=True, says_background=True)
    captions = {write_caption(scene, random.Random(seed)) for seed in range(20)}
    assert captions == {
        "a flat icon of a blue fox on the left on grass",
        "a flat icon of a blue fox to the left on grass",
        "a blue fox on the left on grass, flat",
        "a blue fox to the left on grass, flat",
    }


def test_two_things_are_named_from_left_to_right() -> None:
    pair = (Thing(find_concept("key"), "key"), Thing(find_concept("owl"), "owl", colour="pink"))
    scene = Scene(pair, "3d", "red", says_background=True)
    captions = {write_caption(scene, random.Random(seed)) for seed in range(20)}
    assert captions == {
        "a key and a pink owl on a red background",
        "a key on the left and a pink owl on the right on a red background",
    }


def test_several_things_are_counted() -> None:
    scene = Scene((Thing(find_concept("bus"), "bus", colour="green"),), "3d", "white", count=3)
    assert write_caption(scene, random.Random(0)) == "three green buses"


def test_the_evaluation_prompts_stay_as_they_were_drawn() -> None:
    prompts = read_prompts()
    assert prompts == draw_prompts(random.Random(20))
    assert len(prompts) == 200
    assert {(p.concepts[0], p.colour) for p in prompts if p.held_out} == HELD_OUT
    assert Prompt("a purple star", ("star",), colour="purple", held_out=True) in prompts


def test_the_word_list_beside_the_weights_has_the_form_that_the_recipe_writes() -> None:
    shipped = json.loads((STARTER / "words.json").read_text(encoding="utf-8"))
    written = json.loads(json.dumps(list_words(all_concepts(), 128)))
    assert shipped.keys() == written.keys()
    known = {concept["word"] for concept in written["concepts"]}
    assert {concept["word"] for concept in shipped["concepts"]} <= known
