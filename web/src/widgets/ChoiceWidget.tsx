import { type KeyboardEvent, useRef, useState } from "react";
import { modelPreviewUrl } from "../api/inputs.ts";
import { folderOfModels } from "../core/modelFolders.ts";
import { nameOf } from "../core/choosing.ts";
import { similarTo } from "../core/similar.ts";
import { useText } from "../texts/text.ts";
import { ChoicePopover } from "./ChoicePopover.tsx";
import type { WidgetProps } from "./registry.ts";

interface ChoiceProps extends WidgetProps {
  thumbnail?(name: string): string;
}

/** One of a list. A value that is not in the list stays, says so, and offers what is like it. */
export function ChoiceWidget({ name, label, spec, value, onChange, thumbnail }: ChoiceProps) {
  const text = useText();
  const field = useRef<HTMLButtonElement>(null);
  const [query, setQuery] = useState<string | null>(null);
  const choices = spec.choices ?? [];
  const names = choices.map(String);
  const shown = String(value ?? "");
  const folder = folderOfModels(name);
  const isMissing = !choices.includes(value);
  const pick = (picked: string): void => {
    const choice = choices[names.indexOf(picked)];
    if (choice !== undefined && choice !== value) onChange(choice);
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step !== undefined) {
      const next = choices[names.indexOf(shown) + step];
      if (next !== undefined) onChange(next);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") setQuery("");
    else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) setQuery(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <button
        ref={field} type="button" role="combobox" aria-haspopup="dialog" aria-expanded={query !== null} aria-label={label} aria-invalid={isMissing} data-name={name}
        className={`field choice nodrag${isMissing ? " is-missing" : ""}`} title={shown} onClick={() => setQuery("")} onKeyDown={onKey}
      >
        <span className="choice-name">{isMissing ? (shown ? text("choice.missing", { value: nameOf(shown) }) : text("widget.choice.nothing")) : nameOf(shown)}</span>
        <span aria-hidden>▾</span>
      </button>
      {isMissing && shown && similarTo(shown, names, 1).length > 0 && (
        <button type="button" className="choice-similar nodrag" onClick={() => setQuery("")}>{text("widget.choice.similar")}</button>
      )}
      {query !== null && (
        <ChoicePopover
          anchor={field} label={label} names={names} chosen={[shown]} query={query} pick={pick} close={() => setQuery(null)}
          {...(thumbnail ? { thumbnail } : {})} {...(folder ? { preview: (one: string) => modelPreviewUrl(folder, one) } : {})}
        />
      )}
    </>
  );
}
