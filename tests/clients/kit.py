"""comfykit: both ways it knows, http and websocket. Arguments: address, picture, workflow, result."""

import asyncio
import json
import sys
import urllib.request
from pathlib import Path

from comfykit import ComfyKit

address, picture, workflow, result = sys.argv[1:]


async def run(way: str) -> bytes:
    graph = json.loads(Path(workflow).read_text())
    graph["1"]["_meta"]["title"] = "Load, $~image!"  # how comfykit is told what to upload
    file = Path(result).with_suffix(f".{way}.json")
    file.write_text(json.dumps(graph))
    done = await ComfyKit(comfyui_url=address, executor_type=way).execute(str(file), {"image": picture})
    assert done.status == "completed", done
    with urllib.request.urlopen(done.images[0]) as answer:
        return bytes(answer.read())


over_http = asyncio.run(run("http"))
over_websocket = asyncio.run(run("websocket"))
assert over_http == over_websocket
Path(result).write_bytes(over_http)
