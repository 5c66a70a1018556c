"""``/system_stats``, ``/features`` and the like: what this server is and how its devices stand."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from api.described import describe
from api.errors import json_response
from api.server import SERVER, describe_features

routes = web.RouteTableDef()

EASEL_VERSION: Final = "0.1.0"
# Clients ask which version of the field's server they speak to; this is the one whose interface is spoken.
WIRE_VERSION: Final = "0.8.0"


@routes.get("/system_stats")
@describe(answer=dict[str, Any])
async def show_stats(request: web.Request) -> web.Response:
    """The machine, the program and the devices, sizes in bytes."""
    stats = [await seat.refresh_stats() for seat in request.app[SERVER].dispatcher.seats]
    ram_total, ram_free = read_ram()
    system: dict[str, Any] = {
        "os": sys.platform,
        "ram_total": ram_total,
        "ram_free": ram_free,
        "easel_version": EASEL_VERSION,
        "comfyui_version": WIRE_VERSION,
        # Packages that the field's server comes with and Easel does without.
        **dict.fromkeys(("required_frontend_version", "installed_templates_version", "required_templates_version"), ""),
        "python_version": sys.version,
        "pytorch_version": next((s.torch_version for s in stats), ""),
        "embedded_python": False,
        "argv": [Path(sys.argv[0]).name],  # no more of it: the rest holds paths of this machine
        "platform": platform.platform(),
    }
    return json_response({"system": system, "devices": [msgspec.to_builtins(d) for s in stats for d in s.devices]})


@routes.get("/features")
@describe(answer=dict[str, Any])
async def show_features(request: web.Request) -> web.Response:
    """What this server understands beyond the first version of the wire."""
    return json_response(describe_features(request.app[SERVER].upload_limit_bytes))


def read_ram() -> tuple[int, int]:
    """Total and free memory of this machine in bytes; 0 where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        sizes = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
        return sizes["MemTotal"], sizes["MemAvailable"]
    except (OSError, KeyError, ValueError):
        pass
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0, 0
    return total, 0
