"""Bodies out of 3D files: GLB, glTF, OBJ and STL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import torch

from diffusion.solids.body import Body, has_area
from files.errors import FileProblem
from nodes.file_3d import File3D
from nodes.gltf import read_glb, read_gltf

FORMS: Final = ("glb", "gltf", "obj", "stl")


def read_mesh(file: File3D) -> Body:
    """All that a 3D file holds as one body. Raises FileProblem, in words, for other forms and for broken files."""
    data = file.get_bytes()
    form = _form_of(data, file.format)
    beside = Path(str(file.get_source())).parent if file.is_disk_backed else None
    try:
        match form:
            case "glb":
                body = read_glb(data, beside)
            case "gltf":
                body = read_gltf(data, beside)
            case "obj":
                body = read_obj(data.decode("utf-8", "replace"))
            case "stl":
                body = read_stl(data)
            case _:
                raise FileProblem(
                    f"This 3D file is {form or 'of an unknown form'}; meshes are read from {', '.join(FORMS)}. "
                    "Save it as GLB in a 3D program first."
                )
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RuntimeError) as error:
        raise FileProblem(f"This {form} file is damaged ({error}). Save it anew in a 3D program.") from error
    if len(body.faces) and (int(body.faces.max()) >= len(body.vertices) or int(body.faces.min()) < 0):
        raise FileProblem(f"This {form} file is damaged: a face names a vertex that is not there.")
    if not bool(body.vertices.isfinite().all()):
        raise FileProblem(f"This {form} file is damaged: some of its places are infinite or no numbers.")
    if body.is_empty:
        raise FileProblem(f"This {form} file holds no triangles.")
    return body


def read_obj(text: str) -> Body:
    """Vertices (with colours, if all have them), uvs and faces; polygons become fans of triangles."""
    places: list[list[float]] = []
    uvs: list[list[float]] = []
    corners: list[tuple[int, int]] = []
    for line in text.replace("\\\n", " ").splitlines():
        word, *rest = line.split("#", 1)[0].split() or [""]
        if word == "v":
            places.append([float(x) for x in rest])
        elif word == "vt":
            uvs.append([float(x) for x in rest[:2]])
        elif word == "f":
            ring = [_obj_corner(part, len(places), len(uvs)) for part in rest]
            for i in range(1, len(ring) - 1):
                corners += [ring[0], ring[i], ring[i + 1]]
    keys, faces = np.unique(np.array(corners, dtype=np.int64).reshape(-1, 2), axis=0, return_inverse=True)
    if len(keys) and not (keys[:, 0].min() >= 0 and keys[:, 0].max() < len(places) and keys[:, 1].max() < len(uvs)):
        raise ValueError("a face names a vertex or uv that is not there")
    rows = torch.from_numpy(keys[:, 0])
    whole = torch.tensor([place[:3] for place in places]).reshape(-1, 3)
    coloured = bool(places) and all(len(place) >= 6 for place in places)
    colours = torch.tensor([place[3:6] for place in places])[rows] if coloured else None
    has_uvs = bool(len(keys)) and bool((keys[:, 1] >= 0).all())
    flat = torch.tensor(uvs).reshape(-1, 2)[torch.from_numpy(keys[:, 1])] if has_uvs else None
    if flat is not None:
        flat = torch.stack([flat[:, 0], 1 - flat[:, 1]], 1)  # OBJ's v runs up the picture
    found = torch.from_numpy(faces.reshape(-1, 3))
    return Body(whole[rows], found[has_area(found)], uvs=flat, vertex_colors=colours)


def read_stl(data: bytes) -> Body:
    """Triangles, welded where their corners are at the same place. Binary, or text."""
    count = int.from_bytes(data[80:84], "little") if len(data) >= 84 else -1
    if len(data) >= 84 + 50 * count >= 84:
        rows = np.frombuffer(data, np.dtype([("numbers", "<f4", 12), ("flags", "<u2")]), count, 84)
        corners = rows["numbers"][:, 3:].reshape(-1, 3)
    else:
        words = data.decode("ascii", "replace").split()
        numbers = [float(x) for i, word in enumerate(words) if word.lower() == "vertex" for x in words[i + 1 : i + 4]]
        corners = np.array(numbers, dtype=np.float32).reshape(-1, 3)
    vertices, index = torch.unique(torch.from_numpy(corners.copy()), dim=0, return_inverse=True)
    faces = index.reshape(-1, 3)
    return Body(vertices, faces[has_area(faces)])


def _obj_corner(part: str, places: int, uvs: int) -> tuple[int, int]:
    """``v``, ``v/t``, ``v//n`` or ``v/t/n``: counted from 1, or backwards from the last; -1 = no uv."""
    place, uv, *_ = [*part.split("/"), ""]
    return _obj_row(place, places), _obj_row(uv, uvs) if uv else -1


def _obj_row(text: str, count: int) -> int:
    number = int(text)
    if number == 0 or number < -count:
        raise ValueError(f"a face names row {number}")
    return number - 1 if number > 0 else count + number


_BEGINNINGS: Final[Mapping[bytes, str]] = {b"glTF": "glb", b"solid": "stl", b"{": "gltf"}


def _form_of(data: bytes, said: str) -> str:
    """The form: what it begins like, else what its name says, else what a text of it would say."""
    head = data[:512].lstrip()
    found = next((form for start, form in _BEGINNINGS.items() if head.startswith(start)), "")
    if found == "stl" and said in ("glb", "gltf"):
        return said
    if not found and not said and any(line.startswith((b"v ", b"f ")) for line in data[:4096].splitlines()):
        return "obj"
    return found or said
