"""``extra_model_paths.yaml``: the field's file that names model folders elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from files.errors import FileProblem
from files.folders import OLD_NAMES

Paths = dict[str, tuple[Path, ...]]


class ExtraPaths(NamedTuple):
    """Kind of model -> directories. preferred: of sections marked ``is_default``, before the base folder's own."""

    preferred: Paths
    more: Paths


def read_extra_paths(path: Path) -> ExtraPaths:
    """The directories that a file names, sections in order.

    A section is ``{base_path?, is_default?, kind: "one path a line"}``. Raises FileProblem when the file is not that.
    """
    try:
        sections = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise FileProblem(f"Cannot read {path}: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileProblem(f"{path} is not valid YAML: {error}") from error
    if not isinstance(sections, dict) or not all(isinstance(s, dict | None) for s in sections.values()):
        raise FileProblem(f"{path} must hold named sections, each a list of 'kind: path' lines.")
    found = ExtraPaths({}, {})
    for section in filter(None, sections.values()):
        root = _absolute(section.get("base_path", "."), path.parent)
        named = {kind: lines for kind, lines in section.items() if kind not in ("base_path", "is_default")}
        _extend(
            found.preferred if section.get("is_default") else found.more,
            {OLD_NAMES.get(k, k): tuple(_absolute(line, root) for line in _lines(v, path)) for k, v in named.items()},
        )
    return found


def merge_extra_paths(files: Iterable[Path]) -> ExtraPaths:
    """Several files as one; earlier files come first."""
    merged = ExtraPaths({}, {})
    for file in files:
        for old, new in zip(merged, read_extra_paths(file), strict=True):
            _extend(old, new)
    return merged


def _extend(paths: Paths, more: Paths) -> None:
    for kind, directories in more.items():
        paths[kind] = (*paths.get(kind, ()), *directories)


def _lines(value: Any, path: Path) -> list[str]:
    if not isinstance(value, str):
        raise FileProblem(f"{path}: a folder must be text, one path a line; found {value!r}.")
    return [line.strip() for line in value.splitlines() if line.strip()]


def _absolute(text: str, root: Path) -> Path:
    return Path(os.path.abspath(root / os.path.expandvars(os.path.expanduser(str(text)))))
