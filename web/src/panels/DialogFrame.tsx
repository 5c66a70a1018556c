import { Dialog } from "radix-ui";
import type { KeyboardEvent, ReactNode } from "react";
import { closeDialog } from "../state/dialogs.ts";
import { useText } from "../texts/text.ts";

interface FrameProps {
  readonly title: string;
  readonly className?: string;
  readonly children: ReactNode;
  onKeyDown?(event: KeyboardEvent): void;
}

/** What all larger dialogs share: a title, a way out, and the keyboard kept inside. */
export function DialogFrame({ title, className = "", children, onKeyDown }: FrameProps) {
  const text = useText();
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && closeDialog()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className={`dialog ${className}`} aria-describedby={undefined} onKeyDown={onKeyDown}>
          <header className="dialog-head">
            <Dialog.Title asChild><h2>{title}</h2></Dialog.Title>
            <Dialog.Close className="icon-button" aria-label={text("dialog.close")}>×</Dialog.Close>
          </header>
          <div className="dialog-body">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
