import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { evaluate } from "../core/expression.ts";
import { clamp, moveBy, paceOf, rangeOf } from "../core/numbers.ts";
import { useText } from "../texts/text.ts";
import { newGesture } from "./gesture.ts";
import type { WidgetProps } from "./registry.ts";
import { useScrub } from "./useScrub.ts";

const BIG_STEP = 10;
/** A second click this soon after the first resets the value; later it only selects a word in the field. */
const DOUBLE_CLICK_MS = 450;

/** A number: dragged, typed, moved by keys, also by the wheel while it has the focus; a double click resets it. */
export function NumberWidget({ name, label, spec, value, node, onChange }: WidgetProps) {
  const text = useText();
  const [draft, setDraft] = useState<string | null>(null);
  const openedAt = useRef(0);
  const range = rangeOf(spec.options, spec.isWhole === true);
  const number = Number(value ?? 0);
  const put = (next: number, gesture?: string): void => {
    if (next !== number) onChange(next, gesture);
  };
  const scrubbing = useScrub({
    number, range, put, gesture: () => newGesture("drag", node, name),
    onClick: (pressed, keys) => {
      const steps = Number((pressed as HTMLElement).dataset.steps ?? 0);
      if (steps) put(moveBy(number, steps, paceOf(keys), range), `keys ${node} ${name}`);
      else open(String(value ?? ""));
    },
  });
  const wheel = useRef<HTMLDivElement>(null);
  const [hasFocus, setFocus] = useState(false);
  useWheel(wheel, hasFocus, (steps, keys) => put(moveBy(number, steps, paceOf(keys), range), `wheel ${node} ${name}`));

  const open = (start: string): void => {
    openedAt.current = Date.now();
    setDraft(start);
  };
  const close = (isKept: boolean): void => {
    if (draft === null) return;
    const typed = isKept ? evaluate(draft, number) : null;
    setDraft(null);
    if (typed !== null) put(clamp(typed, range));
  };
  const reset = (): void => {
    setDraft(null);
    onChange(spec.default);
    wheel.current?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: BIG_STEP, PageDown: -BIG_STEP }[event.key];
    if (steps !== undefined && !event.altKey) put(moveBy(number, steps, paceOf(event), range), `keys ${node} ${name}`);
    else if (event.key === "Home" && Number.isFinite(range.min)) put(range.min);
    else if (event.key === "End" && Number.isFinite(range.max)) put(range.max);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) open(String(value ?? ""));
    else if (event.key === "Delete" || event.key === "Backspace") open("");
    else if (/^[-+*/.(\d]$/.test(event.key) && !event.ctrlKey && !event.metaKey) open(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  if (draft !== null)
    return (
      <input
        className={`field number-field nodrag${evaluate(draft, number) === null && draft.trim() ? " is-missing" : ""}`}
        type="text" inputMode="decimal" autoFocus aria-label={label} data-name={name} value={draft} title={text("widget.number.typing")}
        onFocus={(event) => { if (draft === String(value ?? "")) event.target.select(); }}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => close(true)}
        onDoubleClick={() => { if (Date.now() - openedAt.current < DOUBLE_CLICK_MS) reset(); }}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") {
            close(event.key === "Enter");
            requestAnimationFrame(() => wheel.current?.focus());
          } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
            const typed = evaluate(draft, number) ?? number;
            const next = moveBy(typed, event.key === "ArrowUp" ? 1 : -1, paceOf(event), range);
            setDraft(String(next));
            put(next, `keys ${node} ${name}`);
            event.preventDefault();
          }
        }}
      />
    );
  return (
    <div
      ref={wheel} className="field number nodrag nopan nokey" role="spinbutton" tabIndex={0} data-name={name} aria-label={label}
      aria-valuenow={number} aria-valuetext={String(value ?? "")}
      aria-valuemin={Number.isFinite(range.min) ? range.min : undefined} aria-valuemax={Number.isFinite(range.max) ? range.max : undefined}
      title={text("widget.number.help")} onFocus={() => setFocus(true)} onBlur={() => setFocus(false)} onKeyDown={onKey} {...scrubbing}
    >
      <span className="number-step" aria-hidden data-steps={-1}>‹</span>
      <span className="number-value">{String(value ?? "")}</span>
      <span className="number-step" aria-hidden data-steps={1}>›</span>
    </div>
  );
}

/** The wheel moves the value only while the field has the focus; else it belongs to the canvas. */
function useWheel(target: React.RefObject<HTMLElement | null>, hasFocus: boolean, move: (steps: number, keys: WheelEvent) => void): void {
  const latest = useRef(move);
  latest.current = move;
  useEffect(() => {
    if (!hasFocus) return;
    const listen = (event: WheelEvent): void => {
      const element = target.current;
      if (!element?.contains(event.target as Element)) return;
      event.preventDefault();
      event.stopPropagation();
      const turned = event.deltaY || event.deltaX; // with Shift the browser turns the wheel sideways
      if (turned) latest.current(turned < 0 ? 1 : -1, event);
    };
    // On the window and before the canvas sees it: the canvas listens to the wheel too.
    window.addEventListener("wheel", listen, { passive: false, capture: true });
    return () => window.removeEventListener("wheel", listen, { capture: true });
  }, [target, hasFocus]);
}
