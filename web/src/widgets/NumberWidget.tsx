import { useState } from "react";
import type { WidgetProps } from "./registry.ts";

/** A number, typed. */
export function NumberWidget({ name, label, spec, value, onChange }: WidgetProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const { min, max, step } = spec.options as { min?: number; max?: number; step?: number };
  const commit = (): void => {
    const typed = Number(draft);
    if (draft !== null && draft.trim() !== "" && Number.isFinite(typed)) onChange(Math.min(max ?? Infinity, Math.max(min ?? -Infinity, typed)));
    setDraft(null);
  };
  return (
    <input
      className="field nodrag"
      type="text"
      inputMode="decimal"
      aria-label={label}
      data-name={name}
      data-step={step}
      value={draft ?? String(value ?? "")}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
        if (event.key === "Escape") setDraft(null);
      }}
    />
  );
}
