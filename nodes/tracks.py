"""Tracks of points through a film: read, made, joined, looked at."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, Final, NamedTuple

import torch

from diffusion.tracks import PACES, Tracks, curved, join_tracks, make_tracks, masked, spread_out, straight
from graph.errors import UserError
from graph.node import Slot, node
from graph.run import Run
from graph.spec import Choice, Float, Int, Port, Text, Toggle
from nodes.ports import IMAGE, MASK
from nodes.track_drawing import Pen, draw_tracks

CATEGORY: Final = "conditioning/video_models"
# The field's form of tracks, so that node packs can take and give them: {track_path, track_visibility}.
TRACKS = Annotated[Any, Port("TRACKS")]
Length = Annotated[int, Int(16, 4096, step=16), "Pixels."]
Share = Annotated[float, Float(0.0, 1.0, 0.01), "Share of the picture."]


class Measured(NamedTuple):
    TRACKS: TRACKS
    track_length: Annotated[int, Int()]


@node("WanMoveTracksFromCoords", category=CATEGORY, needs_device=False)
def read_tracks(
    *,
    track_coords: Annotated[
        str, Text(), "JSON: a list of tracks, each a list of {x, y} in pixels, one a frame.", Slot(socket_only=True)
    ] = "[]",
    track_mask: MASK | None = None,
) -> Measured:
    """Tracks from coordinates; where the mask's frame is black, no point is seen."""
    return _measured(make_tracks(_read_points(track_coords)), track_mask)


@node("GenerateTracks", category=CATEGORY, needs_device=False)
def generate_tracks(
    *,
    width: Length = 832,
    height: Length = 480,
    start_x: Share = 0.0,
    start_y: Share = 0.0,
    end_x: Share = 1.0,
    end_y: Share = 1.0,
    num_frames: Annotated[int, Int(1, 1024)] = 81,
    num_tracks: Annotated[int, Int(1, 100), "Beside each other."] = 5,
    track_spread: Annotated[
        float, Float(0.0, 1.0, 0.001), "How far each is from the next, as a share of the mean of width and height."
    ] = 0.025,
    bezier: Annotated[bool, Toggle(), "A curve that the middle point pulls at."] = False,
    mid_x: Share = 0.5,
    mid_y: Share = 0.5,
    interpolation: Annotated[str, Choice(tuple(PACES), modern=True), "How fast along the way; constant: at rest."],
    track_mask: MASK | None = None,
) -> Measured:
    """Points that move from one place to another, side by side."""
    size = torch.tensor([float(width), float(height)])
    start, middle, end = (torch.tensor(at) * size for at in ((start_x, start_y), (mid_x, mid_y), (end_x, end_y)))
    share = PACES[interpolation](torch.linspace(0, 1, num_frames))
    path, way = curved(start, middle, end, share) if bezier else straight(start, end, share)
    spread = spread_out(path, way, num_tracks, track_spread * (width + height) / 2)
    return _measured(Tracks(spread, torch.ones(spread.shape[:2], dtype=torch.bool)), track_mask)


@node("WanMoveConcatTrack", category=CATEGORY, needs_device=False)
def concat_tracks(*, tracks_1: TRACKS, tracks_2: TRACKS | None = None) -> TRACKS:
    """Both groups of tracks, as long as the shorter."""
    if tracks_2 is None:
        return tracks_1
    return _to_field(join_tracks(_from_field(tracks_1), _from_field(tracks_2)))


@node("WanMoveVisualizeTracks", category=CATEGORY, needs_device=False)
def visualize_tracks(
    *,
    images: IMAGE,
    line_resolution: Annotated[int, Int(1, 1024), "Frames that the line behind a point reaches back."] = 24,
    circle_size: Annotated[int, Int(1, 128), "Radius of the points, in pixels."] = 12,
    opacity: Annotated[float, Float(0.0, 1.0, 0.01)] = 0.75,
    line_width: Annotated[int, Int(1, 128), "Pixels."] = 16,
    tracks: TRACKS | None = None,
    run: Run,
) -> IMAGE:
    """The film with the tracks drawn over it, each in its colour."""
    if tracks is None:
        return images
    pen = Pen(line_resolution, circle_size, line_width, opacity)
    return draw_tracks(images, _from_field(tracks), pen, run.progress)


def _measured(tracks: Tracks, mask: torch.Tensor | None) -> Measured:
    if mask is not None:
        tracks = masked(tracks, mask)
    return Measured(_to_field(tracks), len(tracks.path))


def _to_field(tracks: Tracks) -> dict[str, torch.Tensor]:
    return {"track_path": tracks.path, "track_visibility": tracks.visible}


def _from_field(value: Any) -> Tracks:
    try:
        path, visible = value["track_path"], value["track_visibility"]
        frames, count, _ = path.shape
        tracks = Tracks(path.float(), visible.reshape(frames, count).bool())
    except (TypeError, KeyError, AttributeError, ValueError, RuntimeError) as error:
        raise UserError(
            "The tracks are none that are known here: track_path and track_visibility are wanted."
        ) from error
    if not frames:
        raise UserError("The tracks are of no frame at all. Give them one.")
    return tracks


def _read_points(text: str) -> list[list[tuple[float, float]]]:
    """Tracks of ``{x, y}``, or a single one of them. Raises UserError."""
    try:
        # Some editors write single quotes.
        data = json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError) as error:
        raise UserError("track_coords is no JSON. It is a list of tracks, each a list of points {x, y}.") from error
    tracks = [data] if isinstance(data, list) and data and isinstance(data[0], dict) else data
    try:
        points = [[(float(point["x"]), float(point["y"])) for point in track] for track in tracks]
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise UserError("track_coords has something else than points {x, y} in its tracks.") from error
    if not all(math.isfinite(number) for track in points for point in track for number in point):
        raise UserError("A point of track_coords is not a finite number of pixels.")
    return points
