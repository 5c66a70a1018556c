import { useReactFlow } from "@xyflow/react";
import { type RefObject, useEffect } from "react";
import type { AnyNode, LinkEdge } from "./flow.ts";

/**
 * When panels open and close beside the canvas, what is seen stays where it is on the screen. A graph that was seen whole
 * is seen whole again.
 */
export function useSteadyView(area: RefObject<HTMLElement | null>, fit: () => void): void {
  const flow = useReactFlow<AnyNode, LinkEdge>();
  useEffect(() => {
    const element = area.current!;
    let before = element.getBoundingClientRect();
    const isWhole = (box: DOMRect): boolean => {
      const { x, y, zoom } = flow.getViewport();
      const nodes = flow.getNodesBounds(flow.getNodes());
      return x + nodes.x * zoom >= 0 && y + nodes.y * zoom >= 0 && x + (nodes.x + nodes.width) * zoom <= box.width && y + (nodes.y + nodes.height) * zoom <= box.height;
    };
    const watch = new ResizeObserver(() => {
      const now = element.getBoundingClientRect();
      if (now.width === 0 || (now.width === before.width && now.height === before.height)) return;
      const wasWhole = before.width > 0 && isWhole(before);
      const [left, top] = [now.left - before.left, now.top - before.top];
      before = now;
      if (left !== 0 || top !== 0) {
        const { x, y, zoom } = flow.getViewport();
        void flow.setViewport({ x: x - left, y: y - top, zoom });
      }
      if (wasWhole && !isWhole(now)) fit();
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [area, flow, fit]);
}
