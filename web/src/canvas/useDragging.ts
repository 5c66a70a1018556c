import { useReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { createStore } from "zustand/vanilla";
import { copyFrom, paste } from "../core/clipboard.ts";
import { insertIntoLink, makeRoom } from "../core/commands/links.ts";
import { moveTo } from "../core/commands/nodes.ts";
import type { Point } from "../core/document.ts";
import type { Session } from "../core/session.ts";
import { workspace } from "../state/editor.ts";
import type { AnyNode, LinkEdge } from "./flow.ts";
import { type Flow, boxesOf, isInside, linkLine } from "./geometry.ts";
import { distanceToPath } from "./paths.ts";

/** The link that the dragged node would be put into. */
export const dropTarget = createStore<{ readonly link: string | null }>(() => ({ link: null }));

const REACH_PX = 26;

interface Drag {
  readonly node: AnyNode;
  readonly start: Point;
  /** With Alt, copies go where the drag ends, and what was dragged stays. */
  readonly isCopying: boolean;
  /** What lies in a dragged frame, with its place at the start. */
  readonly carried: ReadonlyMap<string, Point>;
  /** Links that the node could be put into, as lines; null until it really moves. */
  lines: readonly (readonly [link: string, line: readonly Point[]])[] | null;
}

/**
 * What happens while things are dragged: frames take along what lies in them, and a node that has no links yet goes into
 * a link that it is dropped on. With Alt, copies are made. The document changes once, when the drag ends.
 */
export function useDragging(session: Session) {
  const flow = useReactFlow<AnyNode, LinkEdge>();
  return useMemo(() => makeDragging(session, flow), [session, flow]);
}

function makeDragging(session: Session, flow: Flow) {
  let drag: Drag | null = null;

  const onNodeDragStart = (event: { readonly altKey?: boolean }, node: AnyNode): void => {
    const carried = node.type === "frame" ? contents(node) : new Map<string, Point>();
    drag = { node, start: [node.position.x, node.position.y], isCopying: event.altKey === true, carried, lines: null };
  };

  const contents = (frame: AnyNode): Map<string, Point> => {
    const outer = boxesOf(flow, [frame.id])[0];
    const others = flow.getNodes().filter(({ id, selected, draggable }) => id !== frame.id && !selected && draggable !== false).map(({ id }) => id);
    return new Map(outer ? boxesOf(flow, others).filter((box) => isInside(box, outer)).map(({ id, pos }) => [id, pos]) : []);
  };

  const isLoose = (id: string): boolean => {
    const { nodes, links } = session.sheet;
    return id in nodes && !Object.values(links).some(({ from, to }) => from.node === id || to.node === id);
  };

  /** Links that the node fits into, tried on a copy of the document. */
  const fittingLines = (id: string): [string, Point[]][] => {
    const { sheet } = session;
    return Object.values(sheet.links).flatMap((link): [string, Point[]][] => {
      const line = session.wouldChange((edit) => insertIntoLink(edit, sheet.id, link.id, id, workspace.catalog)) ? linkLine(flow, sheet, link) : null;
      return line ? [[link.id, line]] : [];
    });
  };

  const onNodeDrag = (_: unknown, node: AnyNode): void => {
    const current = drag;
    if (!current) return;
    if (current.carried.size) {
      const [dx, dy] = [node.position.x - current.start[0], node.position.y - current.start[1]];
      flow.setNodes((nodes) => nodes.map((other) => {
        const start = current.carried.get(other.id);
        return start ? { ...other, position: { x: start[0] + dx, y: start[1] + dy } } : other;
      }));
    }
    current.lines ??= isLoose(node.id) && !current.isCopying ? fittingLines(node.id) : [];
    if (current.lines.length) {
      const box = boxesOf(flow, [node.id])[0]!;
      const centre: Point = [node.position.x + box.size[0] / 2, node.position.y + Math.min(60, box.size[1] / 2)];
      const reach = REACH_PX / flow.getZoom() + Math.min(40, box.size[1] / 3);
      const near = current.lines.map(([id, line]) => [id, distanceToPath(centre, line)] as const).filter(([, distance]) => distance < reach).sort((a, b) => a[1] - b[1]);
      const link = near[0]?.[0] ?? null;
      if (link !== dropTarget.getState().link) dropTarget.setState({ link });
    }
  };

  const onNodeDragStop = (_: unknown, node: AnyNode, moved: readonly AnyNode[]): void => {
    const current = drag;
    drag = null;
    const places = new Map(moved.map(({ id, position }): [string, Point] => [id, [position.x, position.y]]));
    if (current?.carried.size) {
      const [dx, dy] = [node.position.x - current.start[0], node.position.y - current.start[1]];
      for (const [id, [x, y]] of current.carried) places.set(id, [x + dx, y + dy]);
    }
    if (current?.isCopying && leaveCopies([...places.keys()], [node.position.x - current.start[0], node.position.y - current.start[1]])) return;
    const { link } = dropTarget.getState();
    dropTarget.setState({ link: null });
    const width = boxesOf(flow, [node.id])[0]?.size[0] ?? 0;
    session.perform(link === null ? "Move" : "Put into a link", (edit) => {
      moveTo(edit, session.sheet.id, places);
      if (link !== null && insertIntoLink(edit, session.sheet.id, link, node.id, workspace.catalog)) makeRoom(edit, session.sheet.id, node.id, width);
    });
  };

  const leaveCopies = (ids: readonly string[], [dx, dy]: Point): boolean => {
    const { document, sheet } = session;
    const clip = copyFrom(document, sheet.id, ids);
    const places = [...clip.nodes, ...clip.frames].map(({ pos }) => pos);
    if (places.length === 0 || (dx === 0 && dy === 0)) return false;
    const at: Point = [Math.min(...places.map(([x]) => x)) + dx, Math.min(...places.map(([, y]) => y)) + dy];
    session.select(session.perform("Duplicate", (edit) => paste(edit, sheet.id, clip, at, workspace.catalog)));
    return true;
  };

  return { onNodeDragStart, onNodeDrag, onNodeDragStop, isDragging: () => drag !== null };
}
