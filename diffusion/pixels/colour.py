"""Colours: other spaces, numbers and words for them. Pictures are ``(..., 3)`` in 0..1, sRGB."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from diffusion.errors import DiffusionError

HEX = re.compile(r"#?([0-9a-fA-F]{6})")


def from_hex(text: str) -> tuple[float, float, float]:
    """Red, green and blue in 0..1 of ``#rrggbb``. Raises DiffusionError for any other text."""
    found = HEX.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise DiffusionError(f"'{text}' is no colour. Write it as #rrggbb, for example #ff8800.")
    return from_number(int(found[1], 16))


def from_number(number: int) -> tuple[float, float, float]:
    """Red, green and blue in 0..1 of 0xrrggbb."""
    return (number >> 16 & 255) / 255, (number >> 8 & 255) / 255, (number & 255) / 255


def to_numbers(image: Tensor) -> Tensor:
    """0xrrggbb of each pixel, ``(...)`` whole numbers."""
    red, green, blue = (image[..., :3].clamp(0, 1) * 255).round().long().unbind(-1)
    return (red << 16) + (green << 8) + blue


def to_yuv(image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Brightness and two colour differences (around 0.5), each ``(...)``: full-range BT.601."""
    red, green, blue = image[..., 0], image[..., 1], image[..., 2]
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    return y, (blue - y) * 0.564 + 0.5, (red - y) * 0.713 + 0.5


def from_yuv(y: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """The picture ``(..., 3)`` again; the usual rounded factors, so a round trip is exact to about 0.003."""
    u, v = u - 0.5, v - 0.5
    return torch.stack([y + 1.403 * v, y - 0.344 * u - 0.714 * v, y + 1.773 * u], dim=-1)


def to_linear(image: Tensor) -> Tensor:
    """Light of sRGB values: IEC 61966-2-1."""
    return torch.where(image <= 0.04045, image / 12.92, ((image.clamp(min=0) + 0.055) / 1.055) ** 2.4)


def to_srgb(light: Tensor) -> Tensor:
    """sRGB values of light, the inverse."""
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp(min=0.0031308) ** (1 / 2.4) - 0.055)


def hlg_to_linear(image: Tensor) -> Tensor:
    """Scene light of hybrid log-gamma values: ITU-R BT.2100, table 5."""
    a = 0.17883277
    b, c = 1 - 4 * a, 0.55991073
    return torch.where(image <= 0.5, image**2 / 3, (torch.exp((image - c) / a) + b) / 12)


# CIE 15: sRGB to XYZ, divided by the white point D65.
_TO_XYZ = (
    (0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883),
)
_EDGE = 6 / 29


def to_lab(image: Tensor) -> Tensor:
    """CIE L*a*b* ``(..., 3)``: L in 0..100, a and b about -128..127."""
    xyz = to_linear(image) @ image.new_tensor(_TO_XYZ).T
    f = torch.where(xyz > _EDGE**3, xyz.clamp(min=_EDGE**3) ** (1 / 3), xyz / (3 * _EDGE**2) + 4 / 29)
    x, y, z = f.unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def from_lab(lab: Tensor) -> Tensor:
    """The picture of L*a*b* values; colours that sRGB does not have lie outside of 0..1."""
    lightness, a, b = lab.unbind(-1)
    y = (lightness + 16) / 116
    f = torch.stack([y + a / 500, y, y - b / 200], dim=-1)
    xyz = torch.where(f > _EDGE, f**3, 3 * _EDGE**2 * (f - 4 / 29))
    return to_srgb(xyz @ torch.linalg.inv(lab.new_tensor(_TO_XYZ)).T)
