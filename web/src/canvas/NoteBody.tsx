import { useState } from "react";
import { setValue } from "../core/commands/nodes.ts";
import type { Node } from "../core/document.ts";
import { useTab } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { Markdown } from "./Markdown.tsx";

/** A longer text scrolls inside its note; a note that was drawn taller than this keeps its height. */
const TALLEST = 300;

/** A note: text that people write to each other. Markdown is shown as what it means until someone writes in it. */
export function NoteBody({ node, sheet }: { readonly node: Node; readonly sheet: string }) {
  const text = useText();
  const { session } = useTab();
  const [isWriting, setWriting] = useState(false);
  const source = String(node.values.text ?? "");
  if (node.type === "MarkdownNote" && !isWriting && source)
    return (
      <div className="note-shown">
        <div className="note is-shown nodrag scrolls" role="group" aria-label={node.title ?? node.type} tabIndex={0} style={{ maxHeight: Math.max(TALLEST, node.size[1]) }}>
          <Markdown source={source} />
        </div>
        <button type="button" className="icon-button nodrag note-edit" aria-label={text("note.edit")} title={text("note.edit")} onClick={() => setWriting(true)}>✎</button>
      </div>
    );
  return (
    <textarea
      className="note nodrag scrolls" aria-label={node.title ?? node.type} value={source} autoFocus={isWriting} onBlur={() => setWriting(false)}
      onChange={(event) => session.perform("Write a note", (edit) => setValue(edit, sheet, node.id, "text", event.target.value), `type ${node.id} text`)}
    />
  );
}
