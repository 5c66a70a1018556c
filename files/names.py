"""Names that users and graphs give for files, confined to their folder."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from files.errors import FileProblem, OutsideFolder

PLACES = ("input", "output", "temp")
# What file systems take, in bytes; the path has room left for the folder before it.
_LONGEST_NAME = 255
_LONGEST_PATH = 3000
_ANNOTATED = re.compile(r"^(?P<name>.*?) ?\[(?P<place>input|output|temp)\]$")


def confine(root: Path, name: str) -> Path:
    """The path of ``name`` below ``root``.

    Raises OutsideFolder for absolute names, drive letters, ``..`` and links that lead out of ``root``; FileProblem for
    names that no file can have.
    """
    clean = name.replace("\\", "/")
    parts = PurePosixPath(clean).parts
    climbs = clean.startswith("/") or ".." in parts or re.match(r"^[A-Za-z]:", clean)
    if climbs or not clean or "\0" in clean:
        message = f"'{name}' is not a name inside its folder. Give a plain name, without '..' or a leading '/'."
        raise OutsideFolder(message) if climbs else FileProblem(message)
    if not is_text(clean):
        raise FileProblem(f"{name[:40]!a} holds characters that no file's name can have.")
    if len(clean.encode()) > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_NAME for part in parts):
        raise FileProblem(f"'{name[:40]}...' is too long for a file's name.")
    path = (root / clean).resolve()
    if not path.is_relative_to(root.resolve()):
        raise OutsideFolder(f"'{name}' leads out of its folder.")
    return path


def is_text(name: str) -> bool:
    """Whether a name can be told to clients. Names whose bytes are no UTF-8 hold surrogates, which JSON cannot have."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_listed(name: str) -> bool:
    """Whether listings show a file or folder of this name: dot files stay unseen (drafts are such)."""
    return not name.startswith(".") and is_text(name)


def split_place(name: str, default: str) -> tuple[str, str]:
    """``'a.png [temp]'`` -> ``('a.png', 'temp')``; a name without a place gets ``default``."""
    match = _ANNOTATED.match(name)
    return (match["name"], match["place"]) if match else (name, default)
