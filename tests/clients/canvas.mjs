// @stable-canvas/comfyui-client: upload, run over the websocket, read. Arguments: address, picture, workflow, result.
import { readFile, writeFile } from "node:fs/promises";
import { Client } from "@stable-canvas/comfyui-client";
import WebSocket from "ws"; // Node.js has one of its own from version 22 on

const [address, picture, workflow, result] = process.argv.slice(2);
const client = new Client({ api_host: new URL(address).host, WebSocket, fetch });
client.connect();

const form = new FormData();
form.append("image", new Blob([await readFile(picture)]), "canvas.png");
const place = await (await client.fetchApi("/upload/image", { method: "POST", body: form })).json();

const graph = JSON.parse(await readFile(workflow, "utf8"));
graph["1"].inputs.image = place.name;
const steps = [];
const output = await client.enqueue(graph, { progress: (step) => steps.push(step), disable_random_seed: true });
const [image] = output.images;
const data = image.type === "buff" ? Buffer.from(image.data) : Buffer.from(await (await fetch(image.data)).arrayBuffer());
await writeFile(result, data);
for (const call of ["getNodeDefs", "getQueue", "getHistory", "getSystemStats", "getEmbeddings", "getExtensions"]) {
  await client[call]();
}
await client.free({ unload_models: true, free_memory: false });
client.close();
process.exit(0);
