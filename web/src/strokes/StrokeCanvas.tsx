import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import { type Brush, type BrushPoint, pressureOf } from "../core/strokes.ts";
import type { StrokePicture } from "./StrokePicture.ts";

/** What is drawn over: a picture by its address, a colour, or both. */
export interface Ground {
  readonly picture?: string;
  readonly color?: string;
}

interface StrokeCanvasProps {
  readonly label: string;
  readonly ground: Ground;
  /** How far what is below shines through, in 0..1. */
  readonly clearness: number;
  readonly brush: Brush;
  readonly zoom: number;
  readonly picture: StrokePicture | null;
  open(canvas: HTMLCanvasElement): Promise<StrokePicture>;
  opened(picture: StrokePicture): void;
  failed(error: Error): void;
  /** A stroke ended; it is on the canvas already. */
  drawn(brush: Brush, points: readonly BrushPoint[]): void;
}

interface Stroke {
  readonly pointer: number;
  readonly brush: Brush;
  readonly points: BrushPoint[];
}

const KEYS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Strokes over a ground, drawn by mouse, pen, finger or keys. One pointer draws at a time. */
export function StrokeCanvas({ label, ground, clearness, brush, zoom, picture, open, opened, failed, drawn }: StrokeCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const ring = useRef<HTMLDivElement>(null);
  const stroke = useRef<Stroke | null>(null);
  const place = useRef<BrushPoint | null>(null);

  useEffect(() => {
    let isOpen = true;
    open(canvas.current!).then((made) => isOpen && opened(made), (error: Error) => isOpen && failed(error));
    return () => { isOpen = false; };
    // Opened once, for what the dialog is for.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const scaleOf = (): number => {
    const element = canvas.current!;
    return element.clientWidth / element.width;
  };
  const pointOf = (event: { readonly clientX: number; readonly clientY: number; readonly pointerType: string; readonly pressure: number }): BrushPoint => {
    const box = canvas.current!.getBoundingClientRect();
    const scale = scaleOf();
    return { x: (event.clientX - box.x) / scale, y: (event.clientY - box.y) / scale, pressure: pressureOf(event) };
  };
  const showRing = (point: BrushPoint): void => {
    place.current = point;
    const scale = scaleOf();
    const shown = brush.size * scale;
    Object.assign(ring.current!.style, { width: `${shown}px`, height: `${shown}px`, transform: `translate(${point.x * scale - shown / 2}px, ${point.y * scale - shown / 2}px)`, opacity: "1" });
  };
  const draw = (at: Stroke, point: BrushPoint): void => {
    picture?.extend(at.brush, at.points.at(-1), point);
    at.points.push(point);
  };
  const end = (): void => {
    if (stroke.current) drawn(stroke.current.brush, stroke.current.points);
    stroke.current = null;
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>): void => {
    if (!picture || stroke.current || (event.pointerType === "mouse" && event.button !== 0 && event.button !== 2)) return;
    event.preventDefault();
    canvas.current!.focus();
    canvas.current!.setPointerCapture(event.pointerId);
    // The pen's own eraser (button 5) and the right mouse button take away.
    const takesAway = brush.isEraser || event.button === 5 || event.button === 2;
    stroke.current = { pointer: event.pointerId, brush: { ...brush, isEraser: takesAway }, points: [] };
    draw(stroke.current, pointOf(event));
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>): void => {
    showRing(pointOf(event));
    const at = stroke.current;
    if (!at || at.pointer !== event.pointerId) return;
    const events = event.nativeEvent.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event.nativeEvent]) draw(at, pointOf(one));
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = KEYS[event.key];
    const element = canvas.current!;
    const at = place.current ?? { x: element.width / 2, y: element.height / 2, pressure: 1 };
    if (step) {
      const far = event.shiftKey ? 1 : Math.max(1, brush.size / 4);
      const limit = (value: number, most: number): number => Math.min(most, Math.max(0, value));
      showRing({ x: limit(at.x + step[0] * far, element.width), y: limit(at.y + step[1] * far, element.height), pressure: 1 });
    } else if (event.key === " ") {
      picture?.extend(brush, undefined, at);
      drawn(brush, [at]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="mask-view">
      <div className="mask-sheet" style={{ "--mask-zoom": zoom } as React.CSSProperties}>
        {ground.color && <div className="mask-ground" style={{ background: ground.color }} />}
        {picture && ground.picture && <img src={ground.picture} alt="" draggable={false} />}
        <canvas
          ref={canvas} tabIndex={0} role="application" aria-label={label} style={{ opacity: 1 - clearness }}
          onPointerDown={onPointerDown} onPointerMove={onPointerMove} onPointerUp={end} onPointerCancel={end}
          onPointerLeave={() => { if (!stroke.current) ring.current!.style.opacity = "0"; }} onContextMenu={(event) => event.preventDefault()} onKeyDown={onKey}
        />
        <div ref={ring} className="mask-ring" aria-hidden />
      </div>
    </div>
  );
}
