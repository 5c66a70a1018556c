"""Clouds of Gaussians in files: PLY, SPZ, KSPLAT and SPLAT. All hold the same numbers, more or less exactly."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from diffusion.solids.splat import SH0, Cloud
from files.errors import FileProblem
from nodes.file_3d import File3D

Numbers = np.ndarray[Any, Any]

SPZ_MAGIC: Final = 0x5053474E
SPZ_FRACTION_BITS: Final = 12
SPZ_COLOUR: Final = 0.15
KSPLAT_HEADER, KSPLAT_SECTION = 4096, 1024
UNPACKED_MAX: Final = 4 << 30
POINTS_MAX: Final = 100_000_000
_KSPLAT: Final = np.dtype([("at", "<f4", 3), ("scale", "<f4", 3), ("turn", "<f4", 4), ("colour", "u1", 4)])
_SPLAT: Final = np.dtype([("at", "<f4", 3), ("scale", "<f4", 3), ("colour", "u1", 4), ("turn", "u1", 4)])
_PLY_TYPES: Final = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip


def write_splat(cloud: Cloud, form: str) -> bytes:
    """The file's bytes. ply keeps all; ksplat and spz keep one colour for all sides."""
    return WRITERS[form](cloud)


def read_splat(file: File3D) -> Cloud:
    """The cloud of a file, whose form is what it begins like. Raises FileProblem for others and for broken ones."""
    data = file.get_bytes()
    form = _form_of(data, file.format)
    if form not in READERS:
        raise FileProblem(
            f"This 3D file is {form or 'of an unknown form'}; splats are ply, splat, ksplat or spz files."
        )
    try:
        cloud = READERS[form](data)
    except (ValueError, LookupError, OverflowError, RuntimeError, struct.error, zlib.error, OSError) as error:
        raise FileProblem(f"This {form} file is damaged, or holds no splat ({error}).") from error
    if not len(cloud):
        raise FileProblem(f"This {form} file holds no Gaussians.")
    return cloud


def write_ply(cloud: Cloud) -> bytes:
    rest = cloud.sh.shape[1] - 1
    harmonics = cloud.sh[:, 1:].transpose(1, 2).reshape(len(cloud), 3 * rest)  # all of red, then green, then blue
    opacity = torch.logit(cloud.opacities.clamp(1e-6, 1 - 1e-6))[:, None]
    parts = {
        ("x", "y", "z"): cloud.positions,
        ("nx", "ny", "nz"): torch.zeros_like(cloud.positions),
        _named("f_dc", 3): cloud.sh[:, 0],
        _named("f_rest", 3 * rest): harmonics,
        ("opacity",): opacity,
        _named("scale", 3): cloud.scales.clamp_min(1e-12).log(),
        _named("rot", 4): cloud.rotations,
    }
    names = [name for group in parts for name in group]
    head = "".join(f"property float {name}\n" for name in names)
    text = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(cloud)}\n{head}end_header\n"
    return text.encode() + torch.cat(list(parts.values()), 1).numpy().astype("<f4").tobytes()


def read_ply(data: bytes) -> Cloud:
    head, mark, body = data.partition(b"end_header")
    if not mark:
        raise ValueError("its head has no end")
    body = body[2:] if body.startswith(b"\r\n") else body[1:]
    lines = [line.split() for line in head.decode("ascii", "replace").splitlines()]
    if ["format", "binary_little_endian", "1.0"] not in lines:
        raise ValueError("only binary little-endian PLY is read")
    elements = [line for line in lines if line[:1] == ["element"]]
    if not elements or elements[0][1] != "vertex":
        raise ValueError("its first element is not vertex")
    first = lines.index(elements[0])
    last = lines.index(elements[1]) if len(elements) > 1 else len(lines)
    properties = [line for line in lines[first:last] if line[:1] == ["property"]]
    kind = np.dtype([(line[2], "<" + _PLY_TYPES[line[1]]) for line in properties])
    rows = np.frombuffer(body, kind, _points(elements[0][2], kind.itemsize, len(body)))
    rest = sum(name.startswith("f_rest_") for name in rows.dtype.names or ())
    first_sh = _columns(rows, _named("f_dc", 3))[:, None]
    others = _columns(rows, _named("f_rest", rest)).reshape(len(rows), 3, rest // 3).transpose(1, 2)
    return _cloud(
        _columns(rows, ("x", "y", "z")),
        _columns(rows, _named("scale", 3)).exp(),
        _columns(rows, _named("rot", 4)),
        torch.sigmoid(_columns(rows, ("opacity",))[:, 0]),
        torch.cat([first_sh, others], 1),
    )


def write_ksplat(cloud: Cloud) -> bytes:
    """One section, nothing packed (level 0 of version 0.1)."""
    count = len(cloud)
    head = bytearray(KSPLAT_HEADER + KSPLAT_SECTION)
    struct.pack_into("<BBxxIIIIH", head, 0, 0, 1, 1, 1, count, count, 0)
    struct.pack_into("<ff", head, 36, -1.5, 1.5)
    struct.pack_into("<II", head, KSPLAT_HEADER, count, count)
    struct.pack_into("<I", head, KSPLAT_HEADER + 28, count * _KSPLAT.itemsize)
    rows = np.zeros(count, _KSPLAT)
    rows["at"], rows["scale"], rows["turn"] = cloud.positions, cloud.scales, cloud.rotations
    rows["colour"] = _bytes(torch.cat([cloud.base_colours(), cloud.opacities[:, None]], 1) * 255)
    return bytes(head) + rows.tobytes()


def read_ksplat(data: bytes) -> Cloud:
    sections, level = struct.unpack_from("<I", data, 4)[0], struct.unpack_from("<H", data, 20)[0]
    if level != 0:
        raise FileProblem(f"This ksplat file is packed (level {level}); only level 0 is read. Save it as PLY or SPZ.")
    at = KSPLAT_HEADER + KSPLAT_SECTION * sections
    parts = []
    for number in range(min(sections, len(data) // KSPLAT_SECTION)):
        start = KSPLAT_HEADER + KSPLAT_SECTION * number
        count, most = struct.unpack_from("<II", data, start)
        degree = struct.unpack_from("<H", data, start + 40)[0]
        stride = _KSPLAT.itemsize + 4 * (0, 9, 24)[degree]
        _points(most, stride, len(data) - at)
        whole = np.frombuffer(data, np.uint8, count * stride, at).reshape(count, stride)
        parts.append(np.ascontiguousarray(whole[:, : _KSPLAT.itemsize]).view(_KSPLAT)[:, 0])
        at += most * stride
    rows = np.concatenate(parts)
    return _flat_cloud(rows["at"], rows["scale"], _floats(rows["turn"]), rows["colour"])


def read_old_splat(data: bytes) -> Cloud:
    if len(data) % _SPLAT.itemsize:
        raise ValueError("its length is no multiple of 32")
    rows = np.frombuffer(data, _SPLAT)
    return _flat_cloud(rows["at"], rows["scale"], (_floats(rows["turn"]) - 128) / 128, rows["colour"])


def write_spz(cloud: Cloud) -> bytes:
    """Version 2: 24 bits for a place, 8 for all else."""
    fixed = (cloud.positions.double() * (1 << SPZ_FRACTION_BITS)).round().clamp(-(1 << 23), (1 << 23) - 1)
    places = fixed.numpy().astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3]
    turn = torch.where(cloud.rotations[:, :1] < 0, -cloud.rotations, cloud.rotations)[:, 1:]
    parts = (
        places,
        _bytes(cloud.opacities * 255),
        _bytes((cloud.sh[:, 0] * SPZ_COLOUR + 0.5) * 255),
        _bytes((cloud.scales.clamp_min(1e-12).log() + 10) * 16),
        _bytes(turn * 127.5 + 127.5),
    )
    head = struct.pack("<IIIBBBB", SPZ_MAGIC, 2, len(cloud), 0, SPZ_FRACTION_BITS, 0, 0)
    return gzip.compress(head + b"".join(part.tobytes() for part in parts), mtime=0)


def read_spz(data: bytes) -> Cloud:
    unpacker = zlib.decompressobj(wbits=31)
    data = unpacker.decompress(data, UNPACKED_MAX)
    magic, version, count, degree, bits, _, _ = struct.unpack_from("<IIIBBBB", data)
    if magic != SPZ_MAGIC or version not in (2, 3) or degree > 3:
        raise ValueError(f"it is no SPZ of version 2 or 3, but {version}")
    if bits > 23:
        raise ValueError(f"its places have {bits} bits behind the point, of 24")
    others = (degree + 1) ** 2 - 1
    widths = (9, 1, 3, 3, 3 if version == 2 else 4, 3 * others)
    _points(count, sum(widths), len(data) - 16)
    parts, at = [], 16
    for width in widths:
        parts.append(np.frombuffer(data, np.uint8, count * width, at).reshape(count, width))
        at += count * width
    places, opacity, colour, scale, turn, harmonics = parts
    high = np.zeros((count, 3, 4), np.uint8)
    high[:, :, 1:] = places.reshape(count, 3, 3)
    fixed = high.view("<i4")[..., 0] >> 8  # with the sign of the third byte
    sh = torch.cat(
        [
            ((_floats(colour) / 255 - 0.5) / SPZ_COLOUR)[:, None],
            (_floats(harmonics).reshape(count, others, 3) - 128) / 128,
        ],
        1,
    )
    rotation = _spz_turn(turn) if version == 2 else _smallest_three(turn)
    return _cloud(
        _floats(fixed) / (1 << bits), (_floats(scale) / 16 - 10).exp(), rotation, _floats(opacity)[:, 0] / 255, sh
    )


READERS: Final[Mapping[str, Callable[[bytes], Cloud]]] = {
    "ply": read_ply,
    "spz": read_spz,
    "ksplat": read_ksplat,
    "splat": read_old_splat,
}
WRITERS: Final[Mapping[str, Callable[[Cloud], bytes]]] = {"ply": write_ply, "ksplat": write_ksplat, "spz": write_spz}


def _form_of(data: bytes, said: str) -> str:
    if data.startswith(b"ply"):
        return "ply"
    return "spz" if data.startswith(b"\x1f\x8b") else said


def _spz_turn(turn: Numbers) -> Tensor:
    """x, y, z in a byte each; w is what is left."""
    xyz = _floats(turn) / 127.5 - 1
    return torch.cat([(1 - xyz.square().sum(1, keepdim=True)).clamp_min(0).sqrt(), xyz], 1)


def _smallest_three(turn: Numbers) -> Tensor:
    """The three smaller of x, y, z, w in 10 bits each, the sign above, and in the highest two which is the largest."""
    packed = np.ascontiguousarray(turn).view("<u4")[:, 0]
    largest = (packed >> 30).astype(np.int64)
    found = np.zeros((len(packed), 4), np.float32)
    for i in (3, 2, 1, 0):
        small = largest != i
        value = (packed & 511).astype(np.float32) / 511 * np.sqrt(0.5)
        found[small, i] = np.where(packed & 512, -value, value)[small]
        packed = np.where(small, packed >> 10, packed)
    rest = np.sqrt(np.maximum(1 - (found**2).sum(1), 0))
    found[np.arange(len(found)), largest] = rest
    return torch.from_numpy(found[:, [3, 0, 1, 2]])


def _flat_cloud(at: Numbers, scale: Numbers, turn: Tensor, colour: Numbers) -> Cloud:
    shade = _floats(colour) / 255
    return _cloud(_floats(at), _floats(scale), turn, shade[:, 3], ((shade[:, :3] - 0.5) / SH0)[:, None])


def _cloud(at: Tensor, scale: Tensor, turn: Tensor, opacity: Tensor, sh: Tensor) -> Cloud:
    if not (bool(at.isfinite().all()) and bool(scale.isfinite().all()) and bool(turn.isfinite().all())):
        raise ValueError("some of its numbers are infinite or none at all")
    if sh.shape[1] not in (1, 4, 9, 16):
        raise ValueError(f"it has {sh.shape[1]} harmonics; 1, 4, 9 or 16 are read")
    return Cloud(at, scale, torch.nn.functional.normalize(turn, dim=1), opacity, sh)


def _points(count: str | int, width: int, available: int) -> int:
    """How many rows there are, held against the bytes that there are."""
    number = int(count)
    if not 0 <= number <= POINTS_MAX or number * width > available:
        raise ValueError(f"{number} Gaussians are said to be in it, which do not fit")
    return number


def _named(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}_{i}" for i in range(count))


def _columns(rows: Numbers, names: tuple[str, ...]) -> Tensor:
    missing = [name for name in names if name not in (rows.dtype.names or ())]
    if missing:
        raise ValueError(f"it has no {missing[0]}, as files of points do not")
    if not names:
        return torch.zeros(len(rows), 0)
    return torch.from_numpy(np.stack([rows[name].astype(np.float32) for name in names], 1))


def _floats(values: Numbers) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _bytes(values: Tensor) -> Numbers:
    found: Numbers = values.round().clamp(0, 255).numpy().astype(np.uint8)
    return found
