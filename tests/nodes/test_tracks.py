"""Tracks: their numbers, and that they are seen where they are."""

from __future__ import annotations

import json

import pytest
import torch

from graph.errors import Cancelled, UserError
from graph.run import Run
from nodes.tracks import concat_tracks, generate_tracks, read_tracks, visualize_tracks

TWO = json.dumps([[{"x": 1, "y": 2}, {"x": 3, "y": 4}, {"x": 5, "y": 6}], [{"x": 10, "y": 20}]])

RUN = Run("run", emit=lambda _: None)


def test_coordinates_become_a_path_a_frame_and_short_tracks_vanish_where_they_end() -> None:
    tracks, length = read_tracks(track_coords=TWO)
    assert length == 3
    assert tracks["track_path"].tolist() == [[[1, 2], [10, 20]], [[3, 4], [10, 20]], [[5, 6], [10, 20]]]
    assert tracks["track_visibility"].tolist() == [[True, True], [True, False], [True, False]]


def test_a_single_track_and_single_quotes_are_understood() -> None:
    tracks, _ = read_tracks(track_coords="[{'x': 1, 'y': 2}, {'x': 3, 'y': 4}]")
    assert tracks["track_path"].tolist() == [[[1, 2]], [[3, 4]]]


def test_points_are_hidden_in_frames_whose_mask_is_black() -> None:
    mask = torch.zeros(2, 4, 4)
    mask[0, 1, 1] = 0.2
    tracks, _ = read_tracks(track_coords=TWO, track_mask=mask)
    assert tracks["track_visibility"].tolist() == [[True, True], [False, False], [False, False]]


@pytest.mark.parametrize(
    ("interpolation", "halfway"),
    [("linear", 0.5), ("ease_in", 0.25), ("ease_out", 0.75), ("ease_in_out", 0.5), ("constant", 0.0)],
)
def test_points_move_at_their_pace(interpolation: str, halfway: float) -> None:
    tracks, length = generate_tracks(
        width=800, height=400, num_frames=3, num_tracks=1, interpolation=interpolation, start_x=0.25
    )
    start, end = torch.tensor([200.0, 0.0]), torch.tensor([800.0, 400.0])
    assert length == 3
    torch.testing.assert_close(tracks["track_path"][0, 0], start)
    torch.testing.assert_close(tracks["track_path"][1, 0], start + (end - start) * halfway)
    if interpolation != "constant":
        torch.testing.assert_close(tracks["track_path"][2, 0], end)


def test_ease_in_out_is_slow_at_both_ends() -> None:
    tracks, _ = generate_tracks(width=1600, num_frames=5, num_tracks=1, interpolation="ease_in_out")
    assert tracks["track_path"][:, 0, 0].tolist() == [0, 250, 800, 1350, 1600]  # t^2 (3 - 2 t)


def test_a_bezier_curve_is_pulled_half_the_way_to_its_middle_point() -> None:
    tracks, _ = generate_tracks(
        width=800, height=400, num_frames=3, num_tracks=1, interpolation="linear", bezier=True,
        end_x=1.0, end_y=0.0, mid_x=0.5, mid_y=1.0,
    )  # fmt: skip
    # B(1/2) = start / 4 + middle / 2 + end / 4
    assert tracks["track_path"][:, 0].tolist() == [[0, 0], [400, 200], [800, 0]]


def test_tracks_lie_beside_each_other_across_the_way() -> None:
    tracks, _ = generate_tracks(
        width=1000, height=400, num_frames=2, num_tracks=3, track_spread=0.1, interpolation="linear",
        start_y=0.5, end_y=0.5,
    )  # fmt: skip
    assert tracks["track_path"][0].tolist() == [[0, 130], [0, 200], [0, 270]]  # a tenth of 700 from each other


def test_tracks_lie_across_a_curve_where_they_are_and_side_by_side_at_rest() -> None:
    curve, _ = generate_tracks(
        width=800, height=400, num_frames=3, num_tracks=2, track_spread=0.1, interpolation="linear", bezier=True,
        start_x=0.0, start_y=0.0, mid_x=0.5, mid_y=0.0, end_x=0.5, end_y=1.0,
    )  # fmt: skip
    first, _, last = (curve["track_path"][:, 1] - curve["track_path"][:, 0]).tolist()
    assert (first, last) == ([0, 60], [-60, 0])  # it begins to the right and ends downwards
    still, _ = generate_tracks(
        width=800, height=400, num_frames=2, num_tracks=2, track_spread=0.1, interpolation="linear",
        start_x=0.5, start_y=0.5, end_x=0.5, end_y=0.5,
    )  # fmt: skip
    assert still["track_path"][0].tolist() == [[370, 200], [430, 200]]


def test_groups_are_joined_as_long_as_the_shorter() -> None:
    first, second = read_tracks(track_coords=TWO).TRACKS, generate_tracks(num_frames=2, interpolation="linear").TRACKS
    joined = concat_tracks(tracks_1=first, tracks_2=second)
    assert joined["track_path"].shape == (2, 7, 2)
    assert torch.equal(joined["track_path"][:, :2], first["track_path"][:2])
    assert torch.equal(joined["track_visibility"][:, :2], first["track_visibility"][:2])
    assert concat_tracks(tracks_1=first) is first


def test_a_seen_point_is_a_dot_with_a_line_behind_it() -> None:
    tracks, _ = generate_tracks(
        width=64, height=32, num_frames=3, num_tracks=1, interpolation="linear",
        start_x=0.25, end_x=0.75, start_y=0.5, end_y=0.5,
    )  # fmt: skip
    film = torch.zeros(1, 32, 64, 3)
    drawn = visualize_tracks(images=film, tracks=tracks, circle_size=4, line_width=2, opacity=1.0, run=RUN)
    assert drawn.shape == (3, 32, 64, 3)
    assert [drawn[i, 16, x].tolist() for i, x in enumerate((16, 32, 48))] == [[1.0, 0.0, 0.0]] * 3
    assert drawn[2, 16, 24].tolist() == [1.0, 0.0, 0.0]  # the line
    assert drawn[0, 16, 24].tolist() == [0.0, 0.0, 0.0]
    faint = visualize_tracks(images=film, tracks=tracks, circle_size=8, line_width=2, opacity=0.5, run=RUN)
    assert faint[0, 16, 16].tolist() == pytest.approx([0.5, 0, 0], abs=0.01)
    hidden = {**tracks, "track_visibility": torch.zeros(3, 1)}
    assert not visualize_tracks(images=film, tracks=hidden, run=RUN).any()
    assert visualize_tracks(images=film, run=RUN) is film


@pytest.mark.parametrize("text", ["", "{", "[]", "[[]]", "[[1]]", '[[{"x": 1}]]', '[[{"x": 1, "y": "a"}]]',
                                  '[[{"x": 1, "y": NaN}]]', "7"])  # fmt: skip
def test_what_is_no_list_of_tracks_is_refused(text: str) -> None:
    from diffusion.errors import DiffusionError

    with pytest.raises((UserError, DiffusionError)):
        read_tracks(track_coords=text)


def test_a_value_that_is_no_track_is_refused() -> None:
    with pytest.raises(UserError, match="track_path"):
        concat_tracks(tracks_1={"track_path": 1}, tracks_2={})


def test_tracks_of_no_frame_are_refused() -> None:
    none = {"track_path": torch.zeros(0, 2, 2), "track_visibility": torch.zeros(0, 2)}
    with pytest.raises(UserError, match="no frame at all"):
        visualize_tracks(images=torch.zeros(1, 8, 8, 3), tracks=none, run=RUN)


def test_drawing_stops_when_the_run_is_cancelled() -> None:
    run = Run("run", emit=lambda _: None)
    run.cancel()
    tracks, _ = generate_tracks(width=64, height=64, num_frames=5, interpolation="linear")
    with pytest.raises(Cancelled):
        visualize_tracks(images=torch.zeros(1, 64, 64, 3), tracks=tracks, run=run)
