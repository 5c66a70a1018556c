/** What differs between two documents, as people see it: nodes that came, went, changed, moved; links that came and went. */
import type { Document, Link, Node, SheetId } from "./document.ts";
import type { Json } from "./json.ts";
import { isSame } from "./json.ts";

export interface ValueChange {
  readonly name: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface NodeDifference {
  readonly kind: "added" | "removed" | "changed" | "moved";
  readonly sheet: SheetId;
  /** As it is after; as it was before, if it is gone. */
  readonly node: Node;
  readonly values: readonly ValueChange[];
}

export interface LinkDifference {
  readonly kind: "added" | "removed";
  readonly sheet: SheetId;
  readonly link: Link;
}

export interface DocumentDifference {
  readonly nodes: readonly NodeDifference[];
  readonly links: readonly LinkDifference[];
}

export function compareDocuments(before: Document, after: Document): DocumentDifference {
  const sheets = [...new Set([...Object.keys(before.sheets), ...Object.keys(after.sheets)])];
  const nodes = sheets.flatMap((sheet) => {
    const [old, now] = [before.sheets[sheet]?.nodes ?? {}, after.sheets[sheet]?.nodes ?? {}];
    const ids = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    return ids.flatMap((id): NodeDifference[] => {
      const [a, b] = [old[id], now[id]];
      if (!a || !b) return [{ kind: b ? "added" : "removed", sheet, node: (b ?? a)!, values: [] }];
      if (a.type !== b.type) return [{ kind: "removed", sheet, node: a, values: [] }, { kind: "added", sheet, node: b, values: [] }];
      const values = changedValues(a, b);
      if (values.length) return [{ kind: "changed", sheet, node: b, values }];
      const isMoved = !isSame(a.pos, b.pos) || !isSame(a.size, b.size);
      return isMoved ? [{ kind: "moved", sheet, node: b, values: [] }] : [];
    });
  });
  const links = sheets.flatMap((sheet) => {
    const [old, now] = [ends(before, sheet), ends(after, sheet)];
    return [
      ...[...now].filter(([key]) => !old.has(key)).map(([, link]): LinkDifference => ({ kind: "added", sheet, link })),
      ...[...old].filter(([key]) => !now.has(key)).map(([, link]): LinkDifference => ({ kind: "removed", sheet, link })),
    ];
  });
  return { nodes, links };
}

const FIELDS = ["title", "mode", "isCollapsed", "color", "bgcolor"] as const;

function changedValues(a: Node, b: Node): ValueChange[] {
  const names = [...new Set([...Object.keys(a.values), ...Object.keys(b.values)])];
  const values = names.flatMap((name) => (isSame(a.values[name], b.values[name]) ? [] : [{ name, before: a.values[name], after: b.values[name] }]));
  const fields = FIELDS.flatMap((name) => (isSame(a[name], b[name]) ? [] : [{ name, before: a[name] as Json | undefined, after: b[name] as Json | undefined }]));
  return [...values, ...fields];
}

function ends(document: Document, sheet: SheetId): Map<string, Link> {
  const links = Object.values(document.sheets[sheet]?.links ?? {});
  return new Map(links.map((link) => [`${link.from.node}\n${link.from.slot}\n${link.to.node}\n${link.to.slot}`, link]));
}
