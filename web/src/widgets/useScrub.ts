import { type PointerEvent, useRef } from "react";
import { type NumberRange, type Pace, paceOf, scrub } from "../core/numbers.ts";

interface Scrubbing {
  readonly number: number;
  readonly range: NumberRange;
  put(value: number, gesture: string): void;
  gesture(): string;
  /** The pointer was let go where it was pressed. */
  onClick(pressed: Element, event: PointerEvent): void;
}

interface Drag {
  readonly pointer: number;
  readonly pressed: Element;
  readonly gesture: string;
  /** Where the present pace began, and the value there: changing pace in a drag does not make the value jump. */
  x: number;
  from: number;
  now: number;
  pace: Pace;
  isMoving: boolean;
}

const THRESHOLD_PX = 3;

/** Pointer handlers that turn a sideways drag into changes of a number; all changes of a drag are one gesture. */
export function useScrub({ number, range, put, gesture, onClick }: Scrubbing) {
  const drag = useRef<Drag | null>(null);
  return {
    onPointerDown(event: PointerEvent<HTMLElement>): void {
      if (event.button !== 0) return;
      drag.current = {
        pointer: event.pointerId, pressed: event.target as Element, gesture: gesture(), x: event.clientX, from: number, now: number,
        pace: paceOf(event), isMoving: false,
      };
    },
    onPointerMove(event: PointerEvent<HTMLElement>): void {
      const at = drag.current;
      if (!at || at.pointer !== event.pointerId) return;
      if (!at.isMoving && Math.abs(event.clientX - at.x) < THRESHOLD_PX) return;
      if (!at.isMoving) {
        at.isMoving = true;
        event.currentTarget.setPointerCapture(at.pointer);
      }
      const pace = paceOf(event);
      if (pace !== at.pace) Object.assign(at, { pace, x: event.clientX, from: at.now });
      at.now = scrub(at.from, event.clientX - at.x, pace, range);
      put(at.now, at.gesture);
    },
    onPointerUp(event: PointerEvent<HTMLElement>): void {
      const at = drag.current;
      drag.current = null;
      if (at && !at.isMoving && event.pointerId === at.pointer) onClick(at.pressed, event);
    },
    onPointerCancel(): void {
      drag.current = null;
    },
  };
}
