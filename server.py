"""Easel. ``python server.py`` serves; ``python server.py run FILE`` runs one workflow. ``--help`` tells the rest."""

from __future__ import annotations

import sys

from jobs.options import ConvertOptions, RunOptions, read_options


def main() -> int:
    """Read the command line and start what it asks for; only that part is imported."""
    options = read_options(sys.argv[1:])
    if isinstance(options, RunOptions):
        from worker.headless import run_file

        return run_file(options)
    if isinstance(options, ConvertOptions):
        from worker.convert import convert_file

        return convert_file(options)
    from api.serve import serve

    return serve(options)


if __name__ == "__main__":
    sys.exit(main())
