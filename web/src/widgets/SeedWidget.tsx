import { rangeOf } from "../core/numbers.ts";
import { type Control, CONTROLS, nextNumber } from "../core/seeds.ts";
import { CONTROL } from "../core/values.ts";
import { runner, useTab } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { NumberWidget } from "./NumberWidget.tsx";
import type { WidgetProps } from "./registry.ts";

/**
 * A seed and what becomes of it before the next run. The number on screen is the one that painted the picture: it moves
 * on when a run is queued, not after it. Locking keeps the seed that the last run used.
 */
export function SeedWidget(props: WidgetProps) {
  const text = useText();
  const tab = useTab();
  const controlName = props.name + CONTROL;
  const control = String(props.values[controlName] ?? "randomize");
  const range = rangeOf(props.spec.options, true);
  const isLocked = control === "fixed";
  const roll = (): void => props.onChange(nextNumber(0, "randomize", Math.max(0, range.min), range.max, 1, Math.random));
  const toggleLock = (): void => {
    if (isLocked) return props.onChangeOther(controlName, "randomize");
    const used = runner.usedValue(tab.id, `${props.sheet}/${props.node}/${props.name}`);
    const gesture = `lock ${props.node} ${Date.now()}`;
    if (used !== undefined && used !== props.value) props.onChange(used, gesture);
    props.onChangeOther(controlName, "fixed", gesture);
  };
  return (
    <div className="seed">
      <NumberWidget {...props} />
      <button type="button" className="icon-button nodrag" aria-label={text("widget.seed.roll")} title={text("widget.seed.roll")} onClick={roll}>
        <svg viewBox="0 0 16 16" aria-hidden><rect x="2" y="2" width="12" height="12" rx="2.5" /><circle cx="5.5" cy="5.5" r="1" /><circle cx="10.5" cy="10.5" r="1" /><circle cx="8" cy="8" r="1" /></svg>
      </button>
      <button type="button" className="icon-button nodrag" aria-pressed={isLocked} aria-label={text("widget.seed.lock")} title={text("widget.seed.lock")} onClick={toggleLock}>
        <svg viewBox="0 0 16 16" aria-hidden><rect x="3" y="7" width="10" height="7" rx="1.5" /><path d={isLocked ? "M5 7V5a3 3 0 0 1 6 0v2" : "M5 7V5a3 3 0 0 1 5.6-1.5"} /></svg>
      </button>
      <select
        className="field nodrag" aria-label={text("seed.control")} title={text("seed.control")} value={control}
        onChange={(event) => props.onChangeOther(controlName, event.target.value)}
      >
        {CONTROLS.map((choice: Control) => (
          <option key={choice} value={choice}>{text(`control.${choice}`)}</option>
        ))}
      </select>
    </div>
  );
}
