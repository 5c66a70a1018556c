/** Where links and nodes lie on the sheet, as they are drawn. */
import type { InternalNode, ReactFlowInstance } from "@xyflow/react";
import { reroutesOf } from "../core/commands/links.ts";
import type { Link, Point, Sheet } from "../core/document.ts";
import { settings } from "../core/settings.ts";
import type { Box } from "../core/layout.ts";
import type { AnyNode, LinkEdge } from "./flow.ts";
import { type SocketSide, handleName } from "./handles.ts";
import { samplePath } from "./paths.ts";

export type Flow = ReactFlowInstance<AnyNode, LinkEdge>;

/** A link as points close to each other; null while its ends are not drawn. */
export function linkLine(flow: Flow, sheet: Sheet, link: Link): Point[] | null {
  const start = socketPlace(flow.getInternalNode(link.from.node), "out", link.from.slot);
  const end = socketPlace(flow.getInternalNode(link.to.node), "in", link.to.slot);
  if (!start || !end) return null;
  const bends = link.reroute === undefined ? [] : reroutesOf(sheet, link).map((id) => sheet.reroutes[id]!.pos);
  return samplePath([start, ...bends, end], settings.getState().linkShape);
}

export function socketPlace(node: InternalNode<AnyNode> | undefined, side: SocketSide, slot: string): Point | null {
  const bounds = node?.internals.handleBounds?.[side === "in" ? "target" : "source"]?.find(({ id }) => id === handleName(side, slot));
  if (!node || !bounds) return null;
  const { x, y } = node.internals.positionAbsolute;
  return [x + bounds.x + bounds.width / 2, y + bounds.y + bounds.height / 2];
}

/** The boxes of nodes as they are seen, for aligning and the like. */
export function boxesOf(flow: Flow, ids: Iterable<string>): Box[] {
  return [...ids].flatMap((id): Box[] => {
    const node = flow.getInternalNode(id);
    if (!node) return [];
    const { x, y } = node.internals.positionAbsolute;
    return [{ id, pos: [x, y], size: [node.measured.width ?? node.width ?? 200, node.measured.height ?? node.height ?? node.initialHeight ?? 100] }];
  });
}

export function isInside({ pos, size }: Box, outer: Box): boolean {
  return pos[0] >= outer.pos[0] && pos[1] >= outer.pos[1] && pos[0] + size[0] <= outer.pos[0] + outer.size[0] && pos[1] + Math.min(30, size[1]) <= outer.pos[1] + outer.size[1];
}
