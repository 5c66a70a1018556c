import { useReactFlow } from "@xyflow/react";
import { type RefObject, useEffect, useState } from "react";
import { dropLinks } from "../core/commands/links.ts";
import type { Point } from "../core/document.ts";
import { useTab } from "../state/editor.ts";
import type { AnyNode, LinkEdge } from "./flow.ts";
import { linkLine } from "./geometry.ts";
import { cross } from "./paths.ts";

/** Ctrl and the right button draw a line that cuts the links it crosses. */
export function CutGesture({ area }: { readonly area: RefObject<HTMLElement | null> }) {
  const flow = useReactFlow<AnyNode, LinkEdge>();
  const { session } = useTab();
  const [line, setLine] = useState<readonly Point[]>([]);
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    let drawn: Point[] = [];
    const move = (event: PointerEvent): void => {
      drawn = [...drawn, [event.clientX, event.clientY]];
      setLine(drawn);
    };
    const end = (): void => {
      window.removeEventListener("pointermove", move);
      const cut = drawn.map(([x, y]): Point => {
        const place = flow.screenToFlowPosition({ x, y });
        return [place.x, place.y];
      });
      drawn = [];
      setLine([]);
      const { sheet } = session;
      const hit = new Set(Object.values(sheet.links).filter((link) => {
        const path = linkLine(flow, sheet, link);
        return path !== null && cross(cut, path);
      }).map(({ id }) => id));
      if (hit.size) session.perform("Cut links", (edit) => dropLinks(edit, sheet.id, ({ id }) => hit.has(id)));
      // The menu of the right button comes after this gesture; not this time.
      const swallow = (event: Event): void => { event.preventDefault(); event.stopPropagation(); };
      window.addEventListener("contextmenu", swallow, { capture: true, once: true });
      setTimeout(() => window.removeEventListener("contextmenu", swallow, { capture: true }), 100);
    };
    const start = (event: PointerEvent): void => {
      if (event.button !== 2 || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      event.stopPropagation();
      drawn = [[event.clientX, event.clientY]];
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", end, { once: true });
    };
    const noMenu = (event: MouseEvent): void => { if (event.ctrlKey || event.metaKey) { event.preventDefault(); event.stopPropagation(); } };
    element.addEventListener("pointerdown", start, { capture: true });
    element.addEventListener("contextmenu", noMenu, { capture: true });
    return () => {
      element.removeEventListener("pointerdown", start, { capture: true });
      element.removeEventListener("contextmenu", noMenu, { capture: true });
    };
  }, [area, flow, session]);
  if (line.length < 2) return null;
  return <svg className="cut-line" aria-hidden><polyline points={line.map((point) => point.join(",")).join(" ")} /></svg>;
}
