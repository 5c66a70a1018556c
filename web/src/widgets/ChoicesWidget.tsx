import { useRef, useState } from "react";
import type { Json } from "../core/json.ts";
import { useText } from "../texts/text.ts";
import { ChoicePopover } from "./ChoicePopover.tsx";
import type { WidgetProps } from "./registry.ts";

/** Any number of a list, kept in the list's order. */
export function ChoicesWidget({ name, label, spec, value, onChange }: WidgetProps) {
  const text = useText();
  const field = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const choices = spec.choices ?? [];
  const chosen = (Array.isArray(value) ? (value as Json[]) : []).map(String);
  const toggle = (picked: string): void => {
    const kept = chosen.includes(picked) ? chosen.filter((one) => one !== picked) : [...chosen, picked];
    onChange([...choices.filter((choice) => kept.includes(String(choice))), ...kept.filter((one) => !choices.some((choice) => String(choice) === one))]);
  };
  return (
    <>
      <button
        ref={field} type="button" aria-haspopup="dialog" aria-expanded={isOpen} aria-label={`${label}: ${chosen.join(", ")}`} data-name={name}
        className="field choice nodrag" title={chosen.join(", ")} onClick={() => setOpen(true)}
      >
        <span className="choice-name">{chosen.length ? chosen.join(", ") : text("widget.choice.nothing")}</span>
        <span aria-hidden>▾</span>
      </button>
      {isOpen && <ChoicePopover anchor={field} label={label} names={choices.map(String)} chosen={chosen} isMultiple pick={toggle} close={() => setOpen(false)} />}
    </>
  );
}
