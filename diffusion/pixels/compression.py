"""What a video codec does to a still: models trained on films expect its marks."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import torch
from torch import Tensor


def compress_stills(image: Tensor, crf: int) -> Tensor:
    """Pictures ``(batch, height, width, 3)`` after one trip through H.264; 0 leaves them alone.

    crf: 0..51 is the codec's own scale, larger is coarser (more counts as 51). Odd sides lose a pixel, as the codec
    stores colours at half the size.
    """
    if crf == 0:
        return image
    height, width = image.shape[1] // 2 * 2, image.shape[2] // 2 * 2
    if not (height and width):
        return image
    pixels = (image[:, :height, :width, :3].detach().cpu().clamp(0, 1) * 255).byte().numpy()
    return torch.from_numpy(np.stack([_round_trip(p, min(crf, 51)) for p in pixels])).float() / 255


def _round_trip(pixels: np.ndarray, crf: int) -> np.ndarray:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=Fraction(1), options={"crf": str(crf)})
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt = "yuv420p"
        film.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
        film.mux(stream.encode())
    file.seek(0)
    with av.open(file) as film:
        return np.asarray(next(film.decode(video=0)).to_ndarray(format="rgb24"))
