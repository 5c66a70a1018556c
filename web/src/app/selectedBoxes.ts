import { moveTo } from "../core/commands/nodes.ts";
import type { Point } from "../core/document.ts";
import type { Box } from "../core/layout.ts";
import { selectedNodes } from "../core/session.ts";
import { canvas, currentSession } from "../state/editor.ts";

/** The selected nodes as they are seen. */
export function selectedBoxes(): Box[] {
  return canvas.current?.boxes(selectedNodes(currentSession().state)) ?? [];
}

export function moveBoxes(label: string, places: ReadonlyMap<string, Point>): void {
  const session = currentSession();
  session.perform(label, (edit) => moveTo(edit, session.sheet.id, places));
}
