/** What a number input may hold, and how far a key or a drag moves it. */
import type { JsonObject } from "./json.ts";

export interface NumberRange {
  readonly isWhole: boolean;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Typed values are rounded to multiples of this; 0 leaves them. */
  readonly round: number;
}

/** Of one move: with Shift a tenth of a step, with Ctrl ten. */
export type Pace = "fine" | "plain" | "coarse";

const FACTORS: Record<Pace, number> = { fine: 0.1, plain: 1, coarse: 10 };
/** A drag of this many pixels is one step. */
const PIXELS_A_STEP = 4;

export function rangeOf(options: JsonObject, isWhole: boolean): NumberRange {
  const number = (value: unknown, fallback: number): number => (typeof value === "number" && Number.isFinite(value) ? value : fallback);
  const min = Math.max(number(options.min, -Infinity), isWhole ? Number.MIN_SAFE_INTEGER : -Infinity);
  const max = Math.min(number(options.max, Infinity), isWhole ? Number.MAX_SAFE_INTEGER : Infinity);
  const step = Math.abs(number(options.step, isWhole ? 1 : 0.01)) || (isWhole ? 1 : 0.01);
  return { isWhole, min, max, step: isWhole ? Math.max(1, Math.round(step)) : step, round: isWhole ? 1 : number(options.round, 0) };
}

export function paceOf(keys: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean }): Pace {
  return keys.shiftKey ? "fine" : keys.ctrlKey || keys.metaKey ? "coarse" : "plain";
}

/** The nearest value that is allowed. */
export function clamp(value: number, { isWhole, min, max, round }: NumberRange): number {
  const rounded = isWhole ? Math.round(value) : round > 0 ? clean(Math.round(value / round) * round) : clean(value);
  return Math.min(max, Math.max(min, rounded));
}

/** The value so many steps further, on the steps' own grid (which begins at the least value, as 64, 72, 80 do). */
export function moveBy(value: number, steps: number, pace: Pace, range: NumberRange): number {
  const unit = range.isWhole ? Math.max(1, Math.round(range.step * FACTORS[pace])) : range.step * FACTORS[pace];
  const base = pace === "fine" || !Number.isFinite(range.min) ? 0 : range.min;
  const place = (value - base) / unit;
  const isOnGrid = Math.abs(place - Math.round(place)) < 1e-6;
  const from = isOnGrid ? Math.round(place) : steps > 0 ? Math.floor(place) : Math.ceil(place);
  return clamp(clean(base + (from + steps) * unit), range);
}

/** The value after a drag of so many pixels to the right of where it was. */
export function scrub(start: number, pixels: number, pace: Pace, range: NumberRange): number {
  const steps = Math.trunc(pixels / PIXELS_A_STEP);
  return steps === 0 ? start : moveBy(start, steps, pace, range);
}

/** Without the dust of binary fractions: 0.1 + 0.2 is 0.3. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}
