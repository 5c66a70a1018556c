import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { type Box, HANDLES, type Handle, boxBetween, moveBox, resizeBox } from "../core/boxes.ts";
import type { Point } from "../core/document.ts";
import { useText } from "../texts/text.ts";

interface BoxSheetProps {
  readonly label: string;
  /** Of the canvas, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly labels: readonly string[];
  readonly chosen: number | null;
  /** The address of what is drawn on. */
  readonly picture?: string | undefined;
  choose(index: number | null): void;
  /** Changes of one drag carry the same gesture. */
  change(index: number, box: Box, gesture: string): void;
  /** A new box was drawn beside the others; absent where there is one box only, which is drawn anew. */
  add?(box: Box, gesture: string): void;
  remove?(index: number): void;
  newGesture(): string;
}

interface Drag {
  readonly pointer: number;
  readonly gesture: string;
  readonly from: Point;
  readonly kind: "draw" | "move" | "resize";
  readonly handle: Handle;
  readonly before: Box;
  index: number;
}

const COLORS = ["#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000"] as const;
const LEAST_PX = 3;
const KEYS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10;

/** A canvas on which boxes are drawn, moved and sized: by mouse, pen and finger, or with the arrow keys. */
export function BoxSheet({ label, width, height, boxes, labels, chosen, picture, choose, change, add, remove, newGesture }: BoxSheetProps) {
  const text = useText();
  const sheet = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const limits: Point = [width, height];
  const pointOf = (event: PointerEvent): Point => {
    const area = sheet.current!.getBoundingClientRect();
    return [((event.clientX - area.x) / area.width) * width, ((event.clientY - area.y) / area.height) * height];
  };
  const begin = (event: PointerEvent, kind: Drag["kind"], index: number, handle: Handle = [0, 0]): void => {
    if (drag.current || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.stopPropagation();
    sheet.current!.setPointerCapture(event.pointerId);
    const from = pointOf(event);
    drag.current = { pointer: event.pointerId, gesture: newGesture(), from, kind, handle, index, before: boxes[index] ?? boxBetween(from, from, limits) };
    choose(kind === "draw" ? null : index);
  };
  const draw = (at: Drag, to: Point): void => {
    const box = boxBetween(at.from, to, limits);
    if (at.index >= 0) return change(at.index, { ...box, width: Math.max(1, box.width), height: Math.max(1, box.height) }, at.gesture);
    if (box.width < LEAST_PX || box.height < LEAST_PX) return;
    at.index = add ? boxes.length : 0;
    if (add) add(box, at.gesture);
    else change(0, box, at.gesture);
    choose(at.index);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const at = drag.current;
    if (!at || at.pointer !== event.pointerId) return;
    const to = pointOf(event);
    const by: Point = [to[0] - at.from[0], to[1] - at.from[1]];
    if (at.kind === "draw") draw(at, to);
    else change(at.index, at.kind === "move" ? moveBox(at.before, by, limits) : resizeBox(at.before, at.handle, by, limits), at.gesture);
  };
  const end = (): void => { drag.current = null; };
  const onKey = (event: KeyboardEvent, index: number): void => {
    const step = KEYS[event.key];
    const box = boxes[index]!;
    if (step) {
      const by: Point = event.ctrlKey || event.metaKey ? [step[0] * FAR, step[1] * FAR] : step;
      change(index, event.shiftKey ? resizeBox(box, [1, 1], by, limits) : moveBox(box, by, limits), `keys ${label} ${index}`);
    } else if ((event.key === "Delete" || event.key === "Backspace") && remove) remove(index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const share = (value: number, whole: number): string => `${(100 * value) / Math.max(1, whole)}%`;
  return (
    <div
      ref={sheet} className="box-sheet nodrag nopan" style={{ aspectRatio: `${width} / ${height}` }} role="group" aria-label={text("widget.boxes.sheet", { name: label })}
      onPointerDown={(event) => begin(event, "draw", -1)} onPointerMove={onPointerMove} onPointerUp={end} onPointerCancel={end}
    >
      {picture && <img src={picture} alt="" draggable={false} />}
      {boxes.map((box, i) => (
        <button
          key={i} type="button" aria-pressed={chosen === i} title={text("widget.boxes.keys")} className={`drawn-box${chosen === i ? " is-chosen" : ""}`}
          aria-label={`${labels[i] ?? label}: ${box.x}, ${box.y}, ${box.width} × ${box.height}`}
          style={{ left: share(box.x, width), top: share(box.y, height), width: share(box.width, width), height: share(box.height, height), "--box": COLORS[i % COLORS.length] } as React.CSSProperties}
          onPointerDown={(event) => begin(event, "move", i)} onFocus={() => choose(i)} onKeyDown={(event) => onKey(event, i)}
        >
          <span>{labels[i]}</span>
          {chosen === i && HANDLES.map((handle) => (
            <i key={handle.join()} style={{ left: `${50 * (handle[0] + 1)}%`, top: `${50 * (handle[1] + 1)}%` }} onPointerDown={(event) => begin(event, "resize", i, handle)} />
          ))}
        </button>
      ))}
    </div>
  );
}
