"""``python -m worker``: started by the server, ends with it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from jobs.options import read_worker_options
from worker.link import Link, connect
from worker.service import Service


def main() -> None:
    """Serve jobs until the server says Quit or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle; it lets jobs end in good order
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    options = read_worker_options(sys.argv[1:])
    service = Service(options, Link(connect(options)))
    asyncio.run(service.serve())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # not sys.exit: threads that packs left behind must not keep a finished worker alive


if __name__ == "__main__":
    main()
