import { useState } from "react";
import { closeDialog } from "../state/dialogs.ts";
import { useText } from "../texts/text.ts";
import { DialogFrame } from "./DialogFrame.tsx";

/** Asks for a name. */
export function NameDialog({ title, value, take }: { readonly title: string; readonly value: string; take(name: string): void }) {
  const text = useText();
  const [name, setName] = useState(value);
  const done = (): void => {
    closeDialog();
    take(name.trim());
  };
  return (
    <DialogFrame title={title} className="is-small">
      <form className="panel-list" onSubmit={(event) => { event.preventDefault(); if (name.trim()) done(); }}>
        <input className="field" autoFocus aria-label={title} value={name} onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} />
        <div className="panel-tools"><button type="submit" className="button is-primary" disabled={!name.trim()}>{text("dialog.ok")}</button></div>
      </form>
    </DialogFrame>
  );
}
