/** Dialogs that are open: at most one at a time, by name, with what it is about. */
import { createStore } from "zustand/vanilla";
import type { GalleryItem } from "../api/gallery.ts";
import type { FileRef } from "../core/runs.ts";

export type OpenDialog =
  | { readonly name: "settings"; readonly part?: string }
  | { readonly name: "name"; readonly title: string; readonly value: string; take(name: string): void }
  | { readonly name: "confirm"; readonly title: string; readonly message: string; readonly action: string; take(): void }
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
