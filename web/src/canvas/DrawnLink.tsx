import { type ConnectionLineComponentProps, useReactFlow } from "@xyflow/react";
import { useStore } from "zustand";
import { settings } from "../core/settings.ts";
import { socketColor } from "./colors.ts";
import type { AnyNode, LinkEdge } from "./flow.ts";
import { socketPlace } from "./geometry.ts";
import { linking } from "./linking.ts";
import { linkPath } from "./paths.ts";

/** The link while it is drawn: from where it starts to the pointer, or to the socket that the pointer is near. */
export function DrawnLink({ fromX, fromY, toX, toY }: ConnectionLineComponentProps<AnyNode>) {
  const flow = useReactFlow<AnyNode, LinkEdge>();
  const drawn = useStore(linking, (state) => state.current);
  const shape = useStore(settings, (state) => state.linkShape);
  if (!drawn) return null;
  const start = drawn.moved ? socketPlace(flow.getInternalNode(drawn.end.node), "out", drawn.end.slot) : null;
  const [from, to] = [start ?? ([fromX, fromY] as const), [toX, toY] as const];
  return <path className="drawn-link" d={linkPath(drawn.side === "out" ? [from, to] : [to, from], shape)} style={{ stroke: socketColor(drawn.type) }} />;
}
