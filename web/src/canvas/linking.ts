/** The link that is being drawn, if one is: what it starts from decides which sockets light up, and what comes of it. */
import type { Connection, Edge } from "@xyflow/react";
import { createStore } from "zustand/vanilla";
import { addLink, dropLinks, firstFitting, firstGiving, mayLink } from "../core/commands/links.ts";
import { type End, type Link, linkInto } from "../core/document.ts";
import type { Session } from "../core/session.ts";
import { slotType } from "../core/slots.ts";
import { workspace } from "../state/editor.ts";
import { type SocketSide, readHandle } from "./handles.ts";

export interface Linking {
  readonly end: End;
  /** The side that the link starts from. */
  readonly side: SocketSide;
  readonly type: string;
  /** The link that was pulled off its input; then `end` is where it comes from. */
  readonly moved?: Link;
}

export const linking = createStore<{ readonly current: Linking | null }>(() => ({ current: null }));

/** Begin at a socket. An input that has a link gives the link into the hand; an empty one starts a new link. */
export function beginLink(session: Session, node: string, handle: string): void {
  const { side, end } = readHandle(node, handle);
  const moved = side === "in" ? linkInto(session.sheet, end.node, end.slot) : undefined;
  const start = moved ? { end: moved.from, side: "out" as const, moved } : { end, side };
  const type = slotType(session.sheet, workspace.catalog, start.side, start.end.node, start.end.slot) ?? "*";
  linking.setState({ current: { ...start, type } });
}

/** The ends of what the pointer is on, together with the link that is being drawn; null if they do not go together. */
export function endsOf(session: Session, { source, sourceHandle, target, targetHandle }: Connection | Edge): [from: End, to: End] | null {
  const drawn = linking.getState().current;
  if (!drawn || !sourceHandle || !targetHandle) return null;
  const sockets = [readHandle(source, sourceHandle), readHandle(target, targetHandle)];
  const other = sockets.find(({ side, end }) => side !== drawn.side && !isStart(drawn, end));
  if (!other) return null;
  const [from, to] = drawn.side === "out" ? [drawn.end, other.end] : [other.end, drawn.end];
  const sheet = drawn.moved ? withoutLink(session, drawn.moved) : session.sheet;
  return mayLink(sheet, workspace.catalog, from, to) ? [from, to] : null;
}

/** Whether a socket is the one that the pointer went down on. */
function isStart(drawn: Linking, end: End): boolean {
  const start = drawn.moved?.to ?? drawn.end;
  return start.node === end.node && start.slot === end.slot;
}

function withoutLink(session: Session, link: Link): Session["sheet"] {
  const { [link.id]: _, ...links } = session.sheet.links;
  return { ...session.sheet, links };
}

export function makeLink(session: Session, from: End, to: End): void {
  const moved = linking.getState().current?.moved;
  session.perform(moved ? "Move a link" : "Link", (edit) => {
    if (moved) dropLinks(edit, session.sheet.id, ({ id }) => id === moved.id);
    addLink(edit, session.sheet.id, from, to, workspace.catalog);
  });
}

/** Released on a node instead of a socket: its first fitting slot takes the link. False if none does. */
export function linkToNode(session: Session, node: string): boolean {
  const drawn = linking.getState().current;
  if (!drawn || node === drawn.end.node) return false;
  const find = drawn.side === "out" ? firstFitting : firstGiving;
  const end = find(session.sheet, workspace.catalog, drawn.end, node);
  if (end) makeLink(session, ...(drawn.side === "out" ? ([drawn.end, end] as const) : ([end, drawn.end] as const)));
  return end !== undefined;
}

export function takeAway(session: Session, link: Link): void {
  session.perform("Take a link away", (edit) => dropLinks(edit, session.sheet.id, ({ id }) => id === link.id));
}
