import { pictureInto } from "../core/feeding.ts";
import type { FileRef } from "../core/runs.ts";
import { runPrefix } from "../core/session.ts";
import { runner, useSession, useTab, useWorkspace } from "../state/editor.ts";
import type { WidgetProps } from "./registry.ts";
import { useStore } from "zustand";

/** The picture that comes into another input of the widget's node, where it is known. */
export function usePictureInto({ sheet, node }: Pick<WidgetProps, "sheet" | "node">, slot: string): FileRef | null {
  const { id } = useTab();
  const catalog = useWorkspace((state) => state.catalog);
  const prefix = useSession((state) => runPrefix(state.entered));
  const shown = useSession(({ document }) => document.sheets[sheet]);
  const outputs = useStore(runner.storeOf(id), (run) => run.outputs);
  return shown ? pictureInto(shown, catalog, node, slot, (source) => outputs[prefix + source]) : null;
}
