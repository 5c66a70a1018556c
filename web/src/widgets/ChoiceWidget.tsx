import { useText } from "../texts/text.ts";
import type { WidgetProps } from "./registry.ts";

/** One of a list. A value that is not in the list stays, and says so. */
export function ChoiceWidget({ label, spec, value, onChange }: WidgetProps) {
  const text = useText();
  const choices = spec.choices ?? [];
  const isMissing = !choices.includes(value);
  return (
    <select
      className={`field nodrag${isMissing ? " is-missing" : ""}`}
      aria-label={label}
      aria-invalid={isMissing}
      value={String(value)}
      onChange={(event) => onChange(choices.find((choice) => String(choice) === event.target.value) ?? event.target.value)}
    >
      {isMissing && <option value={String(value)}>{text("choice.missing", { value: String(value) })}</option>}
      {choices.map((choice) => (
        <option key={String(choice)} value={String(choice)}>{String(choice)}</option>
      ))}
    </select>
  );
}
