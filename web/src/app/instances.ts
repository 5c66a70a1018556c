import { isInstance } from "../core/document.ts";
import { selectedNodes } from "../core/session.ts";
import { currentSession } from "../state/editor.ts";

/** The selected nodes that are instances of subgraphs. */
export function selectedInstances(): string[] {
  const { state, sheet, document } = currentSession();
  return selectedNodes(state).filter((id) => isInstance(document, sheet.nodes[id]!));
}
