"""Tags of sounds and films: FLAC, MP3, Ogg, MP4, WebM and what else FFmpeg reads."""

from __future__ import annotations

from typing import IO

from files.carriers.texts import Unreadable


def read_media(file: IO[bytes]) -> dict[str, str]:
    """The tags of the container and of its streams, by name in lower case. Nothing is decoded."""
    import av  # only now: the server starts faster without

    try:
        with av.open(file, metadata_errors="replace") as container:
            found = [container.metadata, *(stream.metadata for stream in container.streams)]
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Unreadable from error
    texts: dict[str, str] = {}
    for tags in found:
        for key, text in tags.items():
            texts.setdefault(key.lower(), text)
    return texts
