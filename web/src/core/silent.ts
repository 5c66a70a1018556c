/** Links that are there but bring nothing: what they come from is muted, or bypassed with nothing to pass on. */
import { BYPASSED, type Document, MUTED, type Node, type NodeId, ROOT, type Sheet, linkInto } from "./document.ts";
import { isVirtual } from "./prompt.ts";

/**
 * The node at which an input's link ends in nothing; null if no link leads to the input. `id` is as the run has it:
 * "12:5" is node 5 in the subgraph of node 12.
 */
export function silencedBy(document: Document, id: string, input: string): Node | null {
  const path = id.split(":");
  const sheet = path.slice(0, -1).reduce<Sheet | undefined>((at, instance) => at && document.sheets[at.nodes[instance]?.type ?? ""], document.sheets[ROOT]);
  return sheet ? before(sheet, path.at(-1)!, input, new Set()) : null;
}

function before(sheet: Sheet, node: NodeId, input: string, seen: Set<NodeId>): Node | null {
  const source = sheet.nodes[linkInto(sheet, node, input)?.from.node ?? ""];
  if (!source || seen.has(source.id)) return null;
  const next = source.inputs[0];
  if (source.mode === MUTED || source.mode === BYPASSED || !isVirtual(source) || !next) return source;
  return before(sheet, source.id, next.key, seen.add(source.id)) ?? source;
}
