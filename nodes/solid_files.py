"""Bodies in glTF's binary form (GLB 2.0), with the workflow that made them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any, Final

import torch
from torch import Tensor

_MAGIC: Final = 0x46546C67
_JSON: Final = 0x4E4F534A
_BINARY: Final = 0x004E4942
_FLOAT32, _UINT32 = 5126, 5125
_VERTICES, _FACES = 34962, 34963


def write_glb(file: IO[bytes], vertices: Tensor, faces: Tensor, tags: Mapping[str, str]) -> None:
    """One body: ``(n, 3)`` and ``(m, 3)``. Faces without area, which fill up batches, are left out.

    tags: texts that go into ``asset.extras``. Vertices that no face uses are left out too. Where no face is left, the
    file holds an empty scene, since glTF has no empty meshes.
    """
    faces = faces.detach().cpu().long()
    faces = faces[(faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])]
    used, index = torch.unique(faces, return_inverse=True)
    points = vertices.detach().cpu().float()[used].contiguous().numpy().astype("<f4")
    corners = index.contiguous().numpy().astype("<u4")
    binary = points.tobytes() + corners.tobytes()
    asset = {"version": "2.0", "generator": "Easel", **({"extras": dict(tags)} if tags else {})}
    document: dict[str, Any] = {"asset": asset, "scene": 0, "scenes": [{}]}
    if len(corners):
        low, high = points.min(0).tolist(), points.max(0).tolist()
        document |= {
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
            "accessors": [
                _accessor(0, _FLOAT32, len(points), "VEC3", min=low, max=high),
                _accessor(1, _UINT32, corners.size, "SCALAR"),
            ],
            "bufferViews": [_view(0, points.nbytes, _VERTICES), _view(points.nbytes, corners.nbytes, _FACES)],
            "buffers": [{"byteLength": len(binary)}],
        }
    _write_chunks(file, document, binary)


def _accessor(view: int, component: int, count: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"bufferView": view, "componentType": component, "count": count, "type": kind, **more}


def _view(offset: int, length: int, target: int) -> dict[str, int]:
    return {"buffer": 0, "byteOffset": offset, "byteLength": length, "target": target}


def _write_chunks(file: IO[bytes], document: Mapping[str, Any], binary: bytes) -> None:
    text = json.dumps(document, separators=(",", ":")).encode()
    chunks = [(_JSON, text + b" " * (-len(text) % 4))] + ([(_BINARY, binary)] if binary else [])
    file.write(struct.pack("<III", _MAGIC, 2, 12 + sum(8 + len(data) for _, data in chunks)))
    for kind, data in chunks:
        file.write(struct.pack("<II", len(data), kind))
        file.write(data)
