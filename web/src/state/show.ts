/** Leading the user to a node, through the subgraphs around it. */
import { canvas, currentSession } from "./editor.ts";

/** Show the node with that id as runs have it ("12:5" is in a subgraph), selected; false if it is not there any more. */
export function showNode(id: string): boolean {
  const session = currentSession();
  session.leave(0);
  for (const instance of id.split(":").slice(0, -1)) {
    const definition = session.sheet.nodes[instance]?.type;
    if (definition !== undefined && definition in session.document.sheets) session.enter(instance, definition);
  }
  const node = id.split(":").at(-1)!;
  if (!session.sheet.nodes[node]) return false;
  session.select([node]);
  requestAnimationFrame(() => canvas.current?.fit([node]));
  return true;
}
