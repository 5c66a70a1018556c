"""``python -m benchmarks [SUBJECT ...]``: a table of figures, and JSON for programs."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, Measure, Plan, to_line

# Each is a module beside this one with a function ``measure``. The quick ones come first.
SUBJECTS = {
    "server": "start and size of the server process",
    "chains": "chains and fans of nodes that do nothing, from POST to success",
    "clients": "32 clients at once, and a long history",
    "pictures": "writing PNG files",
    "painting": "the first command: a picture by the starter model",
    "checkpoint": "loading and peak memory of a Stable Diffusion 1.5 file in half precision",
    "steps": "one step of its U-Net, bfloat16 against float32",
}


def main() -> int:
    options = _read_options()
    plan = Plan(repeats=options.repeats, steps=options.steps, checkpoint=options.checkpoint)
    figures: list[Figure] = []
    for subject in options.subjects or SUBJECTS:
        print(f"-- {subject}: {SUBJECTS[subject]}", flush=True)
        measure: Measure = import_module(f"benchmarks.{subject}").measure
        for figure in measure(plan):
            print(to_line(figure), flush=True)
            figures.append(figure)
    if options.json is not None:
        options.json.write_text(
            json.dumps({"machine": _machine(), "figures": [f.to_json() for f in figures]}, indent=2)
        )
    return 0


def _read_options() -> argparse.Namespace:
    listed = "\n".join(f"  {name:<12} {what}" for name, what in SUBJECTS.items())
    parser = argparse.ArgumentParser(
        prog="benchmarks",
        description="Measures Easel and shows the targets beside the figures.",
        epilog=f"subjects:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("subjects", nargs="*", choices=[[], *SUBJECTS], metavar="SUBJECT", help="all if none is named")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="of each measurement (5)")
    parser.add_argument("--steps", type=int, default=2, metavar="N", help="sampling steps of large networks (2)")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="a Stable Diffusion 1.5 file in half precision")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def _machine() -> dict[str, Any]:
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": load,
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


if __name__ == "__main__":
    sys.exit(main())
