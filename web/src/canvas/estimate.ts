/**
 * How large a node will be and where its sockets will lie, before it was ever drawn. The canvas library then need not draw
 * every node once to find out; what is drawn corrects the guess. The numbers are those of styles/canvas.css.
 */
import { type NodeHandle, Position } from "@xyflow/react";
import type { Catalog } from "../core/catalog.ts";
import type { Document, Node, Point } from "../core/document.ts";
import { type ShownInput, shownInputs, shownOutputs } from "../core/slots.ts";
import { handleName } from "./handles.ts";

const HEAD = 31;
const PADDING = 6;
const SLOT = 20;
const GAP = 3;
const WIDGET = 23;
const SEED = 47;
const TEXT = 82;
const SOCKET = 11;
/** Widgets that show a picture across the node, most of them square; and those that show one of another shape, or none. */
const SHEETS = new Set(["painter", "boxes", "curve"]);
const BUTTONS = 24;
const TALL: Readonly<Record<string, number>> = { webcam: 110, recorder: 90, compare: 60 };
export const COLLAPSED: Point = [180, 32];

export interface Estimate {
  readonly width: number;
  readonly height: number;
  readonly handles: NodeHandle[];
}

const kept = new WeakMap<Node, { readonly catalog: Catalog; readonly made: Estimate }>();

export function estimate(node: Node, document: Document, catalog: Catalog): Estimate {
  const found = kept.get(node);
  if (found?.catalog === catalog) return found.made;
  const made = makeEstimate(node, document, catalog);
  kept.set(node, { catalog, made });
  return made;
}

function makeEstimate(node: Node, document: Document, catalog: Catalog): Estimate {
  const inputs = shownInputs(node, catalog, document.sheets[node.type]);
  const outputs = shownOutputs(node, catalog);
  const width = node.isCollapsed ? COLLAPSED[0] : node.size[0];
  const place = (key: string, side: "in" | "out", y: number): NodeHandle => ({
    id: handleName(side, key), type: side === "in" ? "target" : "source", position: side === "in" ? Position.Left : Position.Right,
    x: side === "in" ? -SOCKET / 2 : width - SOCKET / 2, y: y - SOCKET / 2, width: SOCKET, height: SOCKET,
  });
  if (node.isCollapsed)
    return { width, height: COLLAPSED[1], handles: [...inputs.map(({ key }) => place(key, "in", COLLAPSED[1] / 2)), ...outputs.map(({ key }) => place(key, "out", COLLAPSED[1] / 2))] };
  const sockets = inputs.filter(({ input }) => !input);
  const widgets = inputs.filter(({ input }) => input);
  const slotY = (i: number): number => HEAD + PADDING + SLOT * (i + 0.5);
  let y = HEAD + PADDING + SLOT * Math.max(sockets.length, outputs.length) + GAP;
  const least = widgets.reduce((sum, widget) => sum + rowHeight(widget, width) + GAP, y + PADDING);
  const share = Math.max(0, node.size[1] - least) / Math.max(1, widgets.filter(isPrompt).length);
  const rows = widgets.map((widget) => {
    const height = rowHeight(widget, width) + (isPrompt(widget) ? share : 0);
    y += height + GAP;
    return place(widget.key, "in", y - GAP - height / 2);
  });
  const handles = [...sockets.map(({ key }, i) => place(key, "in", slotY(i))), ...rows, ...outputs.map(({ key }, i) => place(key, "out", slotY(i)))];
  return { width, height: Math.max(node.size[1], y + PADDING), handles };
}

/** Prompts share the height that a node has left. */
function isPrompt({ input }: ShownInput): boolean {
  return input?.widget?.kind === "text" && input.options.multiline === true;
}

function rowHeight(shown: ShownInput, width: number): number {
  const kind = shown.input?.widget?.kind ?? "";
  if (kind === "seed") return SEED;
  if (isPrompt(shown)) return TEXT;
  return SHEETS.has(kind) ? width + BUTTONS : (TALL[kind] ?? WIDGET);
}
