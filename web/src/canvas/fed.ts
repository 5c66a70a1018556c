import type { Link, Table } from "../core/document.ts";

const known = new WeakMap<Table<Link>, Map<string, string>>();

/** The inputs of a node that links feed, as " a b "; one pass over the links serves all nodes. */
export function fedInputs(links: Table<Link>, node: string): string {
  let fed = known.get(links);
  if (!fed) {
    fed = new Map();
    for (const { to } of Object.values(links)) fed.set(to.node, `${fed.get(to.node) ?? "\n"}${to.slot}\n`);
    known.set(links, fed);
  }
  return fed.get(node) ?? "";
}
