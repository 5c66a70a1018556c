"""``extra_model_paths.yaml``: the field's file that names model folders elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from files.errors import FileProblem
from files.folders import OLD_NAMES


def read_extra_paths(path: Path) -> dict[str, tuple[Path, ...]]:
    """Kind of model -> directories named for it, sections in order, those marked ``is_default`` first.

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
    found: dict[str, tuple[Path, ...]] = {}
    for section in sorted((s for s in sections.values() if s), key=lambda s: not s.get("is_default", False)):
        root = _absolute(section.get("base_path", "."), path.parent)
        for kind, lines in section.items():
            if kind not in ("base_path", "is_default"):
                name = OLD_NAMES.get(kind, kind)
                found[name] = (*found.get(name, ()), *(_absolute(line, root) for line in _lines(lines, path)))
    return found


def merge_extra_paths(files: Iterable[Path]) -> dict[str, tuple[Path, ...]]:
    """Several files as one; earlier files come first."""
    merged: dict[str, tuple[Path, ...]] = {}
    for file in files:
        for kind, paths in read_extra_paths(file).items():
            merged[kind] = (*merged.get(kind, ()), *paths)
    return merged


def _lines(value: Any, path: Path) -> list[str]:
    if not isinstance(value, str):
        raise FileProblem(f"{path}: a folder must be text, one path a line; found {value!r}.")
    return [line.strip() for line in value.splitlines() if line.strip()]


def _absolute(text: str, root: Path) -> Path:
    return Path(os.path.abspath(root / os.path.expandvars(os.path.expanduser(str(text)))))
