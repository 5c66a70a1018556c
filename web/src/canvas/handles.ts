/** Names of sockets for the canvas library: a node may have an input and an output of one name. */
import type { End } from "../core/document.ts";

export type SocketSide = "in" | "out";

export function handleName(side: SocketSide, slot: string): string {
  return `${side}:${slot}`;
}

export function readHandle(node: string, handle: string): { readonly side: SocketSide; readonly end: End } {
  const at = handle.indexOf(":");
  return { side: handle.slice(0, at) as SocketSide, end: { node, slot: handle.slice(at + 1) } };
}
