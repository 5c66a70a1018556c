/** A sheet as nodes and edges of the canvas library. Rows that did not change keep their objects, so nothing redraws. */
import type { Edge, Node as FlowNode } from "@xyflow/react";
import type { Catalog } from "../core/catalog.ts";
import type { Document, Frame, Link, Node, Reroute, Sheet } from "../core/document.ts";
import { INPUT_NODE, OUTPUT_NODE } from "../core/document.ts";
import { COLLAPSED, estimate } from "./estimate.ts";
import { handleName } from "./handles.ts";

export type CardNode = FlowNode<{ node: Node }, "card">;
export type FrameNode = FlowNode<{ frame: Frame }, "frame">;
export type RerouteNode = FlowNode<{ reroute: Reroute }, "reroute">;
export type BoundaryNode = FlowNode<{ side: "in" | "out" }, "boundary">;
export type AnyNode = CardNode | FrameNode | RerouteNode | BoundaryNode;
export type LinkEdge = Edge<{ link: Link }, "link">;

const cards = new WeakMap<Node, CardNode>();
const frames = new WeakMap<Frame, FrameNode>();
const reroutes = new WeakMap<Reroute, RerouteNode>();
const edges = new WeakMap<Link, LinkEdge>();

export function flowNodes(sheet: Sheet): AnyNode[] {
  return [
    ...Object.values(sheet.frames).map((frame) => kept(frames, frame, frameNode)),
    ...Object.values(sheet.nodes).sort((a, b) => a.at - b.at).map((node) => kept(cards, node, cardNode)),
    ...Object.values(sheet.reroutes).map((reroute) => kept(reroutes, reroute, rerouteNode)),
    ...boundaryNodes(sheet),
  ];
}

export function flowEdges(sheet: Sheet): LinkEdge[] {
  return Object.values(sheet.links).map((link) => kept(edges, link, linkEdge));
}

function kept<Row extends object, Made>(cache: WeakMap<Row, Made>, row: Row, make: (row: Row) => Made): Made {
  const found = cache.get(row) ?? make(row);
  cache.set(row, found);
  return found;
}

function cardNode(node: Node): CardNode {
  return {
    id: node.id, type: "card", position: point(node.pos), data: { node },
    width: node.isCollapsed ? COLLAPSED[0] : node.size[0], zIndex: 1,
    ...(node.isCollapsed ? { height: COLLAPSED[1] } : {}),
    // Of the others, the canvas decides: not while it is panned with Space.
    ...(node.isPinned ? { draggable: false } : {}),
  };
}

/** A node that was never drawn, with the size and the sockets that it will have. */
export function guessed(card: CardNode, document: Document, catalog: Catalog): CardNode {
  const { width, height, handles } = estimate(card.data.node, document, catalog);
  return { ...card, measured: { width, height }, initialHeight: height, handles };
}

function frameNode(frame: Frame): FrameNode {
  const [width, height] = frame.size;
  return { id: `frame:${frame.id}`, type: "frame", position: point(frame.pos), data: { frame }, width, height, zIndex: -1, dragHandle: ".frame-head", style: { pointerEvents: "none" } };
}

function rerouteNode(reroute: Reroute): RerouteNode {
  return { id: `reroute:${reroute.id}`, type: "reroute", position: point(reroute.pos), data: { reroute }, origin: [0.5, 0.5], width: 14, height: 14, zIndex: 2 };
}

function boundaryNodes(sheet: Sheet): BoundaryNode[] {
  if (sheet.id === "root") return [];
  return [
    { id: INPUT_NODE, type: "boundary", position: point(sheet.inputPos), data: { side: "in" }, width: 160 },
    { id: OUTPUT_NODE, type: "boundary", position: point(sheet.outputPos), data: { side: "out" }, width: 160 },
  ];
}

function linkEdge(link: Link): LinkEdge {
  return {
    id: link.id, type: "link", source: link.from.node, sourceHandle: handleName("out", link.from.slot),
    target: link.to.node, targetHandle: handleName("in", link.to.slot), data: { link },
  };
}

function point([x, y]: readonly [number, number]): { x: number; y: number } {
  return { x, y };
}
