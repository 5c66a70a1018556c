import { useReactFlow, useStoreApi } from "@xyflow/react";
import { type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { useStore } from "zustand";
import { safeColor } from "../core/colors.ts";
import type { Catalog } from "../core/catalog.ts";
import type { Document, Node, Sheet } from "../core/document.ts";
import { viewedSheet } from "../core/session.ts";
import { settings } from "../core/settings.ts";
import { useSession, useWorkspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { estimate } from "./estimate.ts";

const [WIDTH, HEIGHT] = [170, 110];
const MARGIN = 8;
/** So much of the view's frame always shows, however far the view is from all nodes. */
const SLIVER = 5;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** From the sheet to the map: `map = sheet * scale + shift`. */
interface Scale {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** The whole sheet in a corner. The nodes are drawn when the sheet changes; moving the view only moves its frame. */
export function Minimap() {
  const drawing = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const text = useText();
  const view = useStoreApi();
  const flow = useReactFlow();
  const document = useSession((state) => state.document);
  const sheet = useSession(viewedSheet);
  const catalog = useWorkspace((state) => state.catalog);
  const theme = useStore(settings, (state) => state.theme);
  const boxes = useMemo(() => boxesOf(sheet, document, catalog), [sheet, document, catalog]);
  const scale = useMemo(() => fitted(boxes.map(({ box }) => box)), [boxes]);

  useEffect(() => drawBoxes(drawing.current!, boxes, scale), [boxes, scale, theme]);
  useLayoutEffect(() => {
    const { style } = frame.current!;
    const follow = (): void => {
      const { transform: [x, y, zoom], width, height } = view.getState();
      const size = [(width / zoom) * scale.scale, (height / zoom) * scale.scale] as const;
      const left = clamp((-x / zoom) * scale.scale + scale.x, SLIVER - size[0], WIDTH - SLIVER);
      const top = clamp((-y / zoom) * scale.scale + scale.y, SLIVER - size[1], HEIGHT - SLIVER);
      Object.assign(style, { width: `${size[0]}px`, height: `${size[1]}px`, transform: `translate(${left}px, ${top}px)` });
    };
    follow();
    return view.subscribe((state, old) => (state.transform !== old.transform || state.width !== old.width || state.height !== old.height) && follow());
  }, [view, scale]);

  const goTo = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { left, top } = event.currentTarget.getBoundingClientRect();
    void flow.setCenter((event.clientX - left - scale.x) / scale.scale, (event.clientY - top - scale.y) / scale.scale, { zoom: flow.getZoom() });
  };
  return (
    <div
      className="minimap nopan nowheel" role="img" aria-label={text("action.minimap")} style={{ width: WIDTH, height: HEIGHT }}
      onPointerDown={goTo} onPointerMove={goTo} onDoubleClick={(event) => event.stopPropagation()}
      onWheel={({ deltaY }) => void flow.zoomTo(flow.getZoom() * 2 ** (-deltaY / 500))}
    >
      <canvas ref={drawing} style={{ width: WIDTH, height: HEIGHT }} />
      <div ref={frame} className="minimap-view" />
    </div>
  );
}

interface Drawn {
  readonly box: Box;
  readonly color: string | undefined;
}

function boxesOf(sheet: Sheet, document: Document, catalog: Catalog): Drawn[] {
  const frames = Object.values(sheet.frames).map(({ pos: [x, y], size: [width, height] }) => ({ box: { x, y, width, height }, color: "" }));
  const nodes = Object.values(sheet.nodes).map((node: Node) => {
    const { width, height } = estimate(node, document, catalog);
    return { box: { x: node.pos[0], y: node.pos[1], width, height }, color: safeColor(node.color) };
  });
  return [...frames, ...nodes];
}

function fitted(boxes: readonly Box[]): Scale {
  const [left, top, right, bottom] = boxes.reduce(
    ([l, t, r, b], { x, y, width, height }) => [Math.min(l, x), Math.min(t, y), Math.max(r, x + width), Math.max(b, y + height)] as const,
    [Infinity, Infinity, -Infinity, -Infinity] as readonly [number, number, number, number],
  );
  if (boxes.length === 0) return { scale: 0.05, x: WIDTH / 2, y: HEIGHT / 2 };
  const scale = Math.min((WIDTH - 2 * MARGIN) / (right - left || 1), (HEIGHT - 2 * MARGIN) / (bottom - top || 1), 0.15);
  return { scale, x: WIDTH / 2 - ((left + right) / 2) * scale, y: HEIGHT / 2 - ((top + bottom) / 2) * scale };
}

function drawBoxes(canvas: HTMLCanvasElement, boxes: readonly Drawn[], { scale, x, y }: Scale): void {
  const ratio = window.devicePixelRatio;
  Object.assign(canvas, { width: WIDTH * ratio, height: HEIGHT * ratio });
  const context = canvas.getContext("2d")!;
  const style = getComputedStyle(canvas);
  context.scale(ratio, ratio);
  for (const { box, color } of boxes) {
    context.globalAlpha = color === "" ? 0.25 : 0.65;
    context.fillStyle = color || style.getPropertyValue("--muted");
    context.fillRect(box.x * scale + x, box.y * scale + y, Math.max(1, box.width * scale), Math.max(1, box.height * scale));
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
