/** Dialogs that are open: at most one at a time, by name, with what it is about. */
import { createStore } from "zustand/vanilla";
import type { GalleryItem } from "../api/gallery.ts";
import type { FileRef } from "../core/runs.ts";

interface Confirm {
  readonly name: "confirm";
  readonly title: string;
  readonly message: string;
  readonly action: string;
  take(): void;
  /** Another way to go on. */
  readonly other?: { readonly action: string; take(): void };
}

export type OpenDialog =
  | { readonly name: "settings"; readonly part?: string }
  | { readonly name: "name"; readonly title: string; readonly value: string; take(name: string): void }
  | Confirm
  | { readonly name: "tabs" }
  | { readonly name: "picture"; readonly items: readonly GalleryItem[]; readonly at: number }
  | { readonly name: "large"; readonly title: string; readonly files: readonly FileRef[]; readonly at: number }
  | { readonly name: "compare"; readonly items: readonly [GalleryItem, GalleryItem] }
  | { readonly name: "difference"; readonly title: string; readonly before: Document; readonly after: Document; restore?(): void };

type Document = import("../core/document.ts").Document;

export const dialogs = createStore<{ readonly open: OpenDialog | null }>(() => ({ open: null }));

export function openDialog(dialog: OpenDialog): void {
  dialogs.setState({ open: dialog });
}

export function closeDialog(): void {
  dialogs.setState({ open: null });
}

/** Whether the user agrees; anything but the button is a no. */
export function confirmed(question: Pick<Confirm, "title" | "message" | "action">): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog: Confirm = { name: "confirm", ...question, take: () => resolve(true) };
    openDialog(dialog);
    const forget = dialogs.subscribe(({ open }) => {
      if (open === dialog) return;
      forget();
      queueMicrotask(() => resolve(false)); // after the button's own answer
    });
  });
}
