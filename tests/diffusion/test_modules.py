"""The modules of diffusion stand by themselves: each can be the first that somebody imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORT_EACH = """
import importlib, sys
import torch
for name in sys.argv[1:]:
    for known in [known for known in sys.modules if known.split(".")[0] == "diffusion"]:
        del sys.modules[known]
    importlib.import_module(name)
"""


def test_each_module_can_be_imported_first() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "diffusion").rglob("*.py"))
    ]
    done = subprocess.run([sys.executable, "-c", IMPORT_EACH, *names], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
