import { closeDialog } from "../state/dialogs.ts";
import { useText } from "../texts/text.ts";
import { DialogFrame } from "./DialogFrame.tsx";

interface ConfirmProps {
  readonly title: string;
  readonly message: string;
  readonly action: string;
  take(): void;
  readonly other?: { readonly action: string; take(): void };
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ title, message, action, take, other }: ConfirmProps) {
  const text = useText();
  return (
    <DialogFrame title={title} className="is-small">
      <p>{message}</p>
      <div className="panel-tools">
        <button type="button" className="button" autoFocus onClick={closeDialog}>{text("dialog.cancel")}</button>
        {other && <button type="button" className="button" onClick={() => { closeDialog(); other.take(); }}>{other.action}</button>}
        <button type="button" className="button is-primary" onClick={() => { closeDialog(); take(); }}>{action}</button>
      </div>
    </DialogFrame>
  );
}
