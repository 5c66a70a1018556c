"""glTF 2.0 read into one body: all meshes of the scene, where its nodes put them, and the first material."""

from __future__ import annotations

import base64
import io
import json
import logging
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from diffusion.solids.body import Body, has_area
from files.errors import FileProblem
from files.names import confine
from nodes.solid_files import BINARY, JSON, MAGIC

log = logging.getLogger(__name__)

TYPES: Final = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
PACKED: Final = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_mesh_quantization")
DEPTH_MAX: Final = 100
NODES_MAX: Final = 100_000
ROWS_MAX: Final = 500_000_000
TRIANGLES, STRIP, FAN = 4, 5, 6


def read_glb(data: bytes, beside: Path | None) -> Body:
    """The body of a binary file. ``beside``: the folder of files that it names."""
    magic, version, _ = struct.unpack_from("<III", data) if len(data) >= 12 else (0, 0, 0)
    if magic != MAGIC or version != 2:
        raise ValueError("it is no GLB of version 2")
    chunks: dict[int, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("<II", data, at)
        chunks.setdefault(kind, data[at + 8 : at + 8 + length])
        at += 8 + length
    return _Document(json.loads(chunks[JSON]), chunks.get(BINARY, b""), beside).body()


def read_gltf(data: bytes, beside: Path | None) -> Body:
    """The body of a text file, with its buffers inside of it or in files beside it."""
    return _Document(json.loads(data), b"", beside).body()


@dataclass(frozen=True)
class _Document:
    json: Mapping[str, Any]
    binary: bytes
    beside: Path | None

    def body(self) -> Body:
        needed = self.json.get("extensionsRequired", [])
        packed = [name for name in needed if name in PACKED[:2]]
        if packed:
            raise FileProblem(f"This glTF file is packed with {packed[0]}, which is not read. Save it without.")
        parts = [part for matrix, mesh in self._placed() for part in self._parts(mesh, matrix)]
        body = _merge([part for part, _ in parts])
        materials = {number for _, number in parts if number is not None}
        if len(materials) > 1:
            log.warning("The 3D file has %d materials; the first one's pictures are taken for all.", len(materials))
        first = next((number for _, number in parts if number is not None), None)
        return body if first is None else self._with_material(body, self.json["materials"][first])

    def _placed(self) -> list[tuple[np.ndarray, int]]:
        """The meshes of the scene, and where each is: matrices ``(4, 4)``."""
        scenes, nodes = self.json.get("scenes", []), self.json.get("nodes", [])
        scene = scenes[self.json.get("scene", 0)] if scenes else {"nodes": range(len(nodes))}
        found: list[tuple[np.ndarray, int]] = []
        seen = 0
        open_nodes = [(number, np.eye(4), 0) for number in reversed(scene.get("nodes", []))]
        while open_nodes:
            number, above, depth = open_nodes.pop()
            seen += 1
            if depth > DEPTH_MAX or seen > NODES_MAX:
                raise ValueError("its nodes hang from each other in a circle, or there are too many")
            node = nodes[number]
            matrix = above @ _matrix(node)
            if "mesh" in node:
                found.append((matrix, node["mesh"]))
            open_nodes += [(child, matrix, depth + 1) for child in reversed(node.get("children", []))]
        return found

    def _parts(self, mesh: int, matrix: np.ndarray) -> list[tuple[Body, int | None]]:
        found = []
        for primitive in self.json["meshes"][mesh]["primitives"]:
            if primitive.get("mode", TRIANGLES) not in (TRIANGLES, STRIP, FAN):
                continue  # points and lines
            attributes = primitive["attributes"]
            vertices = self._numbers(attributes["POSITION"])
            rows = self._rows(primitive["indices"]) if "indices" in primitive else np.arange(len(vertices))
            carried: dict[str, Any] = {
                part: self._numbers(attributes[name])
                for name, part in (("NORMAL", "normals"), ("TEXCOORD_0", "uvs"), ("COLOR_0", "vertex_colors"))
                if name in attributes
            }
            faces = _faces(torch.from_numpy(rows.astype(np.int64)), primitive.get("mode", TRIANGLES))
            found.append((_moved(Body(vertices, faces, **carried), matrix), primitive.get("material")))
        return found

    def _numbers(self, accessor: int) -> Tensor:
        """Rows as numbers; whole ones that stand for 0..1 (or -1..1) are made so."""
        info, values = self.json["accessors"][accessor], self._rows(accessor)
        if info.get("normalized"):
            whole = np.iinfo(values.dtype).max
            return torch.from_numpy(np.maximum(values.astype(np.float32) / whole, -1))
        return torch.from_numpy(values.astype(np.float32))

    def _rows(self, accessor: int) -> np.ndarray:
        info = self.json["accessors"][accessor]
        if "sparse" in info:
            raise FileProblem("This glTF file has sparse accessors, which are not read. Save it anew in a 3D program.")
        kind, width, count = np.dtype(TYPES[info["componentType"]]), WIDTHS[info["type"]], int(info["count"])
        if not 0 <= count <= ROWS_MAX:
            raise ValueError(f"accessor {accessor} has {count} rows")
        shape = (count, width) if width > 1 else (count,)
        if "bufferView" not in info:
            return np.zeros(shape, kind)
        view = self.json["bufferViews"][info["bufferView"]]
        data = self._buffer(view["buffer"])
        start = view.get("byteOffset", 0) + info.get("byteOffset", 0)
        stride = view.get("byteStride") or kind.itemsize * width
        if start < 0 or stride < 0 or (count and start + stride * (count - 1) + kind.itemsize * width > len(data)):
            raise ValueError(f"accessor {accessor} reaches beyond the end")
        strides = (stride, kind.itemsize) if width > 1 else (stride,)
        return np.ndarray(shape, kind, data, start, strides).copy()

    def _buffer(self, number: int) -> bytes:
        uri = self.json["buffers"][number].get("uri")
        return self.binary if uri is None else self._load(uri)

    def _load(self, uri: str) -> bytes:
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition(",")[2])
        if self.beside is None:
            raise FileProblem(f"This glTF file needs {uri}, which did not come with it. Use a GLB, which holds it all.")
        path = confine(self.beside, uri)
        if not path.is_file():
            raise FileProblem(f"This glTF file needs {uri} beside it, which is not there. Put it there, or use a GLB.")
        return path.read_bytes()

    def _with_material(self, body: Body, material: Mapping[str, Any]) -> Body:
        surface = material.get("pbrMetallicRoughness", {})
        found = {
            "texture": surface.get("baseColorTexture"),
            "metallic_roughness": surface.get("metallicRoughnessTexture"),
            "normal_map": material.get("normalTexture"),
        }
        pictures: dict[str, Any] = {name: self._picture(t["index"]) for name, t in found.items() if t is not None}
        shared = material.get("occlusionTexture", {}).get("index", -1)
        return replace(
            body,
            **pictures,
            unlit="KHR_materials_unlit" in material.get("extensions", {}),
            occlusion_in_mr=found["metallic_roughness"] is not None and shared == found["metallic_roughness"]["index"],
        )

    def _picture(self, texture: int) -> Tensor:
        image = self.json["images"][self.json["textures"][texture]["source"]]
        if "uri" in image:
            data = self._load(image["uri"])
        else:
            view = self.json["bufferViews"][image["bufferView"]]
            start = view.get("byteOffset", 0)
            data = self._buffer(view["buffer"])[start : start + view["byteLength"]]
        try:
            with Image.open(io.BytesIO(data)) as picture:
                return torch.from_numpy(np.asarray(picture.convert("RGB"), dtype=np.float32) / 255)
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValueError(f"a texture cannot be read: {error}") from error


def _matrix(node: Mapping[str, Any]) -> np.ndarray:
    """Where a node is, from its matrix (columns one after another) or its scale, rotation and translation."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)))
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def _faces(rows: Tensor, mode: int) -> Tensor:
    if mode == TRIANGLES:
        faces = rows[: len(rows) // 3 * 3].reshape(-1, 3)
    elif mode == FAN:
        faces = torch.stack([rows[:1].expand(max(len(rows) - 2, 0)), rows[1:-1], rows[2:]], 1)
    else:
        faces = torch.stack([rows[:-2], rows[1:-1], rows[2:]], 1)
        faces[1::2] = faces[1::2].flip(1)
    return faces[has_area(faces)]


def _moved(body: Body, matrix: np.ndarray) -> Body:
    """The body where the matrix puts it; mirrored ones keep facing outwards."""
    turn = torch.from_numpy(matrix[:3, :3]).float()
    vertices = body.vertices @ turn.T + torch.from_numpy(matrix[:3, 3]).float()
    normals = body.normals
    if normals is not None:
        normals = torch.nn.functional.normalize(normals @ torch.linalg.pinv(turn), dim=1)
    faces = body.faces.flip(1) if float(torch.linalg.det(turn)) < 0 else body.faces
    return replace(body, vertices=vertices, faces=faces, normals=normals)


def _merge(bodies: Sequence[Body]) -> Body:
    """Bodies as one. What only some of them carry: uvs of 0, colours of white; normals are dropped then."""
    if not bodies:
        return Body(torch.zeros(0, 3), torch.zeros(0, 3, dtype=torch.long))
    starts = np.cumsum([0, *(len(body.vertices) for body in bodies)])
    faces = torch.cat([body.faces + int(start) for body, start in zip(bodies, starts, strict=False)])
    carried: dict[str, Any] = {}
    if all(body.normals is not None for body in bodies):
        carried["normals"] = torch.cat([body.normals for body in bodies if body.normals is not None])
    if any(body.uvs is not None for body in bodies):
        carried["uvs"] = torch.cat([torch.zeros(len(b.vertices), 2) if b.uvs is None else b.uvs for b in bodies])
    if any(body.vertex_colors is not None for body in bodies):
        carried["vertex_colors"] = torch.cat([_colours(body) for body in bodies])
    return Body(torch.cat([body.vertices for body in bodies]), faces, **carried)


def _colours(body: Body) -> Tensor:
    if body.vertex_colors is None:
        return torch.ones(len(body.vertices), 4)
    missing = 4 - body.vertex_colors.shape[1]
    return torch.cat([body.vertex_colors, torch.ones(len(body.vertices), missing)], 1)
