import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { INTERPOLATIONS, type Interpolation, addPoint, heightAt, movePoint, readCurve, removePoint } from "../core/curves.ts";
import { type Point, linkInto } from "../core/document.ts";
import { runPrefix, viewedSheet } from "../core/session.ts";
import { useRun, useSession } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { newGesture } from "./gesture.ts";
import type { WidgetProps } from "./registry.ts";

const SIZE = 200;
const STEPS = 64;
const REACH = 9;
const KEY_STEP = 0.02;
const KEYS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** A tone curve: a press on it adds a point, points are dragged, a double click or Delete takes them away. */
export function CurveWidget({ value, label, node, name, onChange }: WidgetProps) {
  const text = useText();
  const counts = useHistogram(node);
  const area = useRef<SVGSVGElement>(null);
  const drag = useRef<{ readonly pointer: number; readonly at: number; readonly gesture: string } | null>(null);
  const curve = readCurve(value);
  const put = (next: typeof curve, gesture?: string): void => onChange({ points: next.points.map(([x, y]) => [round(x), round(y)]), interpolation: next.interpolation }, gesture);
  const pointOf = (event: PointerEvent): Point => {
    const box = area.current!.getBoundingClientRect();
    return [(event.clientX - box.x) / box.width, 1 - (event.clientY - box.y) / box.height];
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const [x, y] = pointOf(event);
    const near = curve.points.findIndex((point) => Math.hypot(point[0] - x, point[1] - y) * SIZE < REACH);
    const gesture = newGesture("curve", node, name);
    area.current!.setPointerCapture(event.pointerId);
    const added = near < 0 ? addPoint(curve, [x, y]) : null;
    if (added) put(added.curve, gesture);
    drag.current = { pointer: event.pointerId, at: added ? added.at : near, gesture };
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (drag.current?.pointer === event.pointerId) put(movePoint(curve, drag.current.at, pointOf(event)), drag.current.gesture);
  };
  const end = (): void => { drag.current = null; };
  const onKey = (event: KeyboardEvent, at: number): void => {
    const step = KEYS[event.key];
    const [x, y] = curve.points[at]!;
    if (step) put(movePoint(curve, at, [x + step[0] * KEY_STEP, y + step[1] * KEY_STEP]), `keys ${node} ${name} ${at}`);
    else if (event.key === "Delete" || event.key === "Backspace") put(removePoint(curve, at), newGesture("curve", node, name));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const line = Array.from({ length: STEPS + 1 }, (_, i) => `${(SIZE * i) / STEPS},${SIZE * (1 - heightAt(curve, i / STEPS))}`).join(" ");
  return (
    <div className="curve nodrag nopan" role="group" aria-label={label}>
      <svg ref={area} viewBox={`0 0 ${SIZE} ${SIZE}`} onPointerDown={onPointerDown} onPointerMove={onPointerMove} onPointerUp={end} onPointerCancel={end}>
        {[1, 2, 3].map((i) => <path key={i} className="curve-grid" d={`M${(SIZE * i) / 4} 0V${SIZE}M0 ${(SIZE * i) / 4}H${SIZE}`} />)}
        {counts.length > 0 && <path className="curve-histogram" d={outline(counts)} />}
        <polyline points={line} />
        {curve.points.map(([x, y], i) => (
          <circle
            key={i} cx={SIZE * x} cy={SIZE * (1 - y)} r="5" tabIndex={0} role="button" aria-label={text("widget.curve.point", { index: i + 1, x: round(x), y: round(y) })}
            onDoubleClick={() => put(removePoint(curve, i), newGesture("curve", node, name))} onKeyDown={(event) => onKey(event, i)}
          />
        ))}
      </svg>
      <select className="field" aria-label={text("widget.curve.between")} value={curve.interpolation} onChange={(event) => put({ ...curve, interpolation: event.target.value as Interpolation })}>
        {INTERPOLATIONS.map((kind) => <option key={kind} value={kind}>{text(`widget.curve.${kind}`)}</option>)}
      </select>
    </div>
  );
}

/** How many pixels of the linked picture have each level, as the node's last run told; none when nothing is linked. */
function useHistogram(node: string): readonly number[] {
  const prefix = useSession((state) => runPrefix(state.entered));
  const isLinked = useSession((state) => linkInto(viewedSheet(state), node, "histogram") !== undefined);
  const told = useRun(({ outputs }) => outputs[prefix + node]?.histogram);
  return isLinked && Array.isArray(told) ? told.map(Number) : [];
}

function outline(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  const wide = SIZE / counts.length;
  return `M0 ${SIZE}${counts.map((count, i) => `L${wide * (i + 0.5)} ${SIZE * (1 - count / most)}`).join("")}L${SIZE} ${SIZE}Z`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
