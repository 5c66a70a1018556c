"""comfy-api-simplified: upload, run over the websocket, read. Arguments: address, picture, workflow, result."""

import sys
from pathlib import Path

from comfy_api_simplified import ComfyApiWrapper, ComfyWorkflowWrapper

address, picture, workflow, result = sys.argv[1:]
api = ComfyApiWrapper(address)
graph = ComfyWorkflowWrapper(workflow)
place = api.upload_image(picture)
graph.set_node_param("Load", "image", f"{place['subfolder']}/{place['name']}".lstrip("/"))
pictures = api.queue_and_wait_images(graph, "Save")
[data] = pictures.values()
Path(result).write_bytes(data)
