import type { WidgetProps } from "./registry.ts";

/** A line of text, or several. */
export function TextWidget({ name, label, spec, value, node, onChange }: WidgetProps) {
  const shown = typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  const gesture = `type ${node} ${name}`;
  if (spec.options.multiline === true)
    return <textarea className="field nodrag nowheel" aria-label={label} rows={3} value={shown} onChange={(event) => onChange(event.target.value, gesture)} />;
  return <input className="field nodrag" aria-label={label} value={shown} onChange={(event) => onChange(event.target.value, gesture)} />;
}
