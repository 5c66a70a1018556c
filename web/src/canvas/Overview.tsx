import { useReactFlow, useStoreApi } from "@xyflow/react";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import { useStore } from "zustand";
import { moveTo } from "../core/commands/nodes.ts";
import type { Point } from "../core/document.ts";
import { runPrefix, viewedSheet } from "../core/session.ts";
import { settings } from "../core/settings.ts";
import { runner, useSession, useTab, useWorkspace } from "../state/editor.ts";
import type { AnyNode, LinkEdge } from "./flow.ts";
import { type OverviewLook, type OverviewScene, OVERVIEW_MARGIN, boxOf, drawOverview, linkPaths, nodeAt } from "./overviewDrawing.ts";

/** The node under a place of the screen while the sheet is seen from afar; null near by, where nodes are elements. */
export const farNodeAt: { current: ((screen: Point) => string | null) | null } = { current: null };

/**
 * Draws the sheet from afar and lets nodes be selected and dragged there. It listens to the canvas library's view
 * directly, so that moving the view costs one drawing and no rendering of components.
 */
export function Overview({ area }: { readonly area: RefObject<HTMLElement | null> }) {
  const element = useRef<HTMLCanvasElement>(null);
  const view = useStoreApi<AnyNode, LinkEdge>();
  const flow = useReactFlow<AnyNode, LinkEdge>();
  const { session, id: tab } = useTab();
  const document_ = useSession((state) => state.document);
  const sheet = useSession(viewedSheet);
  const selection = useSession((state) => state.selection);
  const prefix = useSession((state) => runPrefix(state.entered));
  const catalog = useWorkspace((state) => state.catalog);
  const { linkShape, theme } = useStore(settings);
  const run = runner.storeOf(tab);
  const scene = useMemo<OverviewScene>(
    () => ({
      document: document_, sheet, catalog, selection, shape: linkShape, shift: [0, 0],
      size: (id) => {
        const { width, height } = flow.getInternalNode(id)?.measured ?? {};
        return width && height ? [width, height] : null;
      },
      run: (id) => run.getState().nodes[prefix + id]?.state ?? "",
    }),
    [document_, sheet, catalog, selection, linkShape, flow, run, prefix],
  );

  useEffect(() => {
    const canvas = element.current;
    const context = canvas?.getContext("2d", { alpha: false });
    if (!canvas || !context) return;
    const look = readLook(canvas);
    let shown = scene;
    let links = linkPaths(shown);
    let band: readonly [Point, Point] | null = null;
    let frame = 0;
    let drawn = view.getState().transform;
    let reach = OVERVIEW_MARGIN;
    const draw = (): void => {
      frame = 0;
      const { transform } = view.getState();
      // While it is zoomed, every frame is drawn anew, and a margin would be drawn for nothing.
      reach = transform[2] === drawn[2] ? OVERVIEW_MARGIN : 0;
      drawn = transform;
      Object.assign(canvas.style, { transform: "", left: `${-reach}px`, top: `${-reach}px`, width: `calc(100% + ${2 * reach}px)`, height: `calc(100% + ${2 * reach}px)` });
      const ratio = window.devicePixelRatio;
      const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      drawOverview(context, shown, links, transform, look, reach);
      if (band) {
        const [[x1, y1], [x2, y2]] = band;
        context.strokeStyle = look.accent;
        context.lineWidth = 1 / transform[2];
        context.strokeRect(x1, y1, x2 - x1, y2 - y1);
      }
    };
    const redraw = (): void => {
      frame ||= requestAnimationFrame(draw);
    };
    /** A view that only moved a little is shown by moving the drawing. */
    const follow = (): void => {
      const [x, y, zoom] = view.getState().transform;
      const [dx, dy] = [x - drawn[0], y - drawn[1]];
      if (zoom === drawn[2] && Math.abs(dx) < reach && Math.abs(dy) < reach) canvas.style.transform = `translate(${dx}px, ${dy}px)`;
      else redraw();
    };
    const place = (event: MouseEvent): Point => {
      const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
      return [x, y];
    };
    const track = (move: (at: Point) => void, end: (at: Point) => void): void => {
      const moving = (event: MouseEvent): void => move(place(event));
      const ending = (event: MouseEvent): void => {
        window.removeEventListener("mousemove", moving);
        end(place(event));
        redraw();
      };
      window.addEventListener("mousemove", moving);
      window.addEventListener("mouseup", ending, { once: true });
    };
    const press = (event: MouseEvent): void => {
      if (event.button === 1 || !(event.target as Element).classList.contains("react-flow__pane")) return;
      const start = place(event);
      const hit = nodeAt(shown, start);
      const isAdding = event.shiftKey || event.ctrlKey || event.metaKey;
      if (hit !== null && !session.state.selection.has(hit)) session.select(isAdding ? [...session.state.selection, hit] : [hit]);
      if (event.button !== 0 || (hit === null && !event.ctrlKey && !event.metaKey)) return;
      event.stopPropagation();
      const by = ([x, y]: Point): Point => [x - start[0], y - start[1]];
      if (hit === null) {
        track(
          (at) => { band = [start, at]; redraw(); },
          (at) => { band = null; session.select(inBand(shown, start, at)); },
        );
        return;
      }
      track(
        (at) => { shown = { ...shown, selection: session.state.selection, shift: by(at) }; links = linkPaths(shown); redraw(); },
        (at) => {
          const [dx, dy] = by(at);
          shown = { ...shown, shift: [0, 0] };
          const moved = [...session.state.selection].flatMap((id): [string, Point][] => {
            const node = session.sheet.nodes[id];
            return node ? [[id, [node.pos[0] + dx, node.pos[1] + dy]]] : [];
          });
          if (dx || dy) session.perform("Move", (edit) => moveTo(edit, session.sheet.id, new Map(moved)));
        },
      );
    };
    /** A click on a box must not count as one on the empty canvas; a double click goes near. */
    const guard = (event: MouseEvent): void => {
      if (!(event.target as Element).classList.contains("react-flow__pane")) return;
      const hit = nodeAt(shown, place(event));
      if (hit === null && !(event.type === "click" && event.ctrlKey)) return;
      event.stopPropagation();
      if (event.type === "dblclick" && hit !== null) void flow.fitView({ nodes: [{ id: hit }], maxZoom: 1, includeHiddenNodes: true });
    };
    farNodeAt.current = ([x, y]) => {
      const at = flow.screenToFlowPosition({ x, y });
      return nodeAt(shown, [at.x, at.y]);
    };
    const host = area.current!;
    host.addEventListener("mousedown", press, { capture: true });
    host.addEventListener("click", guard, { capture: true });
    host.addEventListener("dblclick", guard, { capture: true });
    const stops = [view.subscribe((state, old) => state.transform !== old.transform && follow()), run.subscribe(redraw)];
    const observer = new ResizeObserver(redraw);
    observer.observe(canvas);
    draw();
    return () => {
      farNodeAt.current = null;
      cancelAnimationFrame(frame);
      for (const stop of stops) stop();
      observer.disconnect();
      host.removeEventListener("mousedown", press, { capture: true });
      host.removeEventListener("click", guard, { capture: true });
      host.removeEventListener("dblclick", guard, { capture: true });
    };
  }, [scene, area, flow, view, run, session, theme]);

  return <canvas ref={element} className="overview" aria-hidden />;
}

function inBand(scene: OverviewScene, [x1, y1]: Point, [x2, y2]: Point): string[] {
  const [left, right, top, bottom] = [Math.min(x1, x2), Math.max(x1, x2), Math.min(y1, y2), Math.max(y1, y2)];
  return Object.values(scene.sheet.nodes)
    .filter((node) => {
      const { pos, size } = boxOf(node, scene);
      return pos[0] < right && pos[0] + size[0] > left && pos[1] < bottom && pos[1] + size[1] > top;
    })
    .map(({ id }) => id);
}

function readLook(element: Element): OverviewLook {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return { page: read("page"), card: read("card"), head: read("card-head"), line: read("line"), text: read("text"), accent: read("accent"), bad: read("bad"), good: read("good"), font: style.fontFamily };
}
