"""Bodies in glTF's binary form (GLB 2.0), with all that their vertices carry, their pictures, and the workflow."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from typing import IO, Any, Final

import numpy as np
from torch import Tensor

from diffusion.solids.body import Body, drop_unused
from nodes.pictures import to_pictures

MAGIC: Final = 0x46546C67
JSON: Final = 0x4E4F534A
BINARY: Final = 0x004E4942
FLOAT32, UINT32 = 5126, 5125
_VERTICES, _FACES = 34962, 34963
_KINDS: Final = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
_ATTRIBUTES: Final = (
    ("POSITION", "vertices"),
    ("NORMAL", "normals"),
    ("TANGENT", "tangents"),
    ("TEXCOORD_0", "uvs"),
    ("COLOR_0", "vertex_colors"),
)


def write_glb(file: IO[bytes], body: Body, tags: Mapping[str, str]) -> None:
    """One body. Vertices that no face uses are left out. Where there is no face, the file holds an empty scene, since
    glTF has no empty meshes. tags: texts that go into ``asset.extras``.
    """
    asset = {"version": "2.0", "generator": "Easel", **({"extras": dict(tags)} if tags else {})}
    document: dict[str, Any] = {"asset": asset, "scene": 0, "scenes": [{}]}
    binary = _Binary(document)
    if not body.is_empty:
        body = drop_unused(body)
        attributes = {
            name: binary.add(v, _VERTICES) for name, part in _ATTRIBUTES if (v := getattr(body, part)) is not None
        }
        primitive: dict[str, Any] = {"attributes": attributes, "indices": binary.add(body.faces, _FACES)}
        if material := _material(body, binary):
            document["materials"] = [material]
            primitive["material"] = 0
        document |= {"scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}], "meshes": [{"primitives": [primitive]}]}
        document["buffers"] = [{"byteLength": len(binary.data)}]
    _write_chunks(file, document, bytes(binary.data))


class _Binary:
    """The binary chunk as it grows, and the parts of the document that describe it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.data = bytearray()

    def add(self, values: Tensor, target: int) -> int:
        """Rows of numbers; returns the number of their accessor."""
        rows = values.detach().cpu().numpy()
        is_faces = target == _FACES
        rows = np.ascontiguousarray(rows.reshape(-1, 1) if is_faces else rows, dtype="<u4" if is_faces else "<f4")
        limits = {"min": rows.min(0).tolist(), "max": rows.max(0).tolist()} if not self.data else {}  # places only
        accessor = {
            "bufferView": self._view(rows.tobytes(), target=target),
            "componentType": UINT32 if is_faces else FLOAT32,
            "count": len(rows),
            "type": _KINDS[rows.shape[1]],
            **limits,
        }
        accessors = self.document.setdefault("accessors", [])
        accessors.append(accessor)
        return len(accessors) - 1

    def add_picture(self, picture: Tensor) -> dict[str, int]:
        """A picture ``(height, width, colours)`` as PNG; returns what a material says of it."""
        data = io.BytesIO()
        to_pictures(picture[None])[0].save(data, format="PNG")
        images = self.document.setdefault("images", [])
        images.append({"bufferView": self._view(data.getvalue()), "mimeType": "image/png"})
        self.document.setdefault("textures", []).append({"source": len(images) - 1})
        return {"index": len(images) - 1}

    def _view(self, data: bytes, **more: int) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        views = self.document.setdefault("bufferViews", [])
        views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data), **more})
        self.data += data
        return len(views) - 1


def _material(body: Body, binary: _Binary) -> dict[str, Any]:
    """What the body is made of; ``{}``: nothing is said, and viewers take their own grey."""
    pictures = body.uvs is not None
    if not (body.unlit or body.vertex_colors is not None or (pictures and body.texture is not None)):
        return {}
    surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 1.0}
    found: dict[str, Any] = {"pbrMetallicRoughness": surface, "doubleSided": True}
    if pictures and body.texture is not None:
        surface["baseColorTexture"] = binary.add_picture(body.texture)
    if pictures and body.metallic_roughness is not None:
        surface |= {"metallicFactor": 1.0, "metallicRoughnessTexture": binary.add_picture(body.metallic_roughness)}
        if body.occlusion_in_mr:
            found["occlusionTexture"] = dict(surface["metallicRoughnessTexture"])
    if pictures and body.normal_map is not None:
        found["normalTexture"] = binary.add_picture(body.normal_map)
    if body.unlit:
        found["extensions"] = {"KHR_materials_unlit": {}}
        binary.document["extensionsUsed"] = ["KHR_materials_unlit"]
    return found


def _write_chunks(file: IO[bytes], document: Mapping[str, Any], binary: bytes) -> None:
    text = json.dumps(document, separators=(",", ":")).encode()
    binary += b"\0" * (-len(binary) % 4)
    chunks = [(JSON, text + b" " * (-len(text) % 4))] + ([(BINARY, binary)] if binary else [])
    file.write(struct.pack("<III", MAGIC, 2, 12 + sum(8 + len(data) for _, data in chunks)))
    for kind, data in chunks:
        file.write(struct.pack("<II", len(data), kind))
        file.write(data)
