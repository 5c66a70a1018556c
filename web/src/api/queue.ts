/** The queue's part of the server's interface: holding it, and giving waiting jobs another place. */
import type { JsonObject } from "../core/json.ts";
import { isObject } from "../core/json.ts";
import { getJson, send } from "./client.ts";

export async function isPaused(): Promise<boolean> {
  const answer = await getJson<JsonObject>("prompt");
  return isObject(answer.exec_info) && answer.exec_info.paused === true;
}

export function setPaused(paused: boolean): Promise<unknown> {
  return send(paused ? "queue/pause" : "queue/resume", {});
}

/** Give a waiting job the place `to` among those that wait, whose ids are given in their order. */
export function moveJob(id: string, order: readonly string[], to: number): Promise<unknown> {
  const others = order.filter((other) => other !== id);
  const before = others[Math.max(0, to)];
  return send(`jobs/${encodeURIComponent(id)}/move`, before === undefined ? {} : { before });
}
