import { setValue } from "../core/commands/nodes.ts";
import type { Node } from "../core/document.ts";
import { useTab } from "../state/editor.ts";

/** A note: text that people write to each other. */
export function NoteBody({ node, sheet }: { readonly node: Node; readonly sheet: string }) {
  const { session } = useTab();
  return (
    <textarea
      className="note nodrag nowheel" aria-label={node.title ?? node.type} value={String(node.values.text ?? "")}
      onChange={(event) => session.perform("Write a note", (edit) => setValue(edit, sheet, node.id, "text", event.target.value), `type ${node.id} text`)}
    />
  );
}
