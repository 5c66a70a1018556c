/** Copying by program. `navigator.clipboard` exists on secure pages only, and a server on the local network is none. */
import { text } from "../texts/text.ts";

export async function copyText(content: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(content);
  let isDone = false;
  const fill = (event: ClipboardEvent): void => {
    event.clipboardData?.setData("text/plain", content);
    event.preventDefault();
    event.stopImmediatePropagation();
    isDone = true;
  };
  // First of all listeners: the editor's own puts nodes on the clipboard.
  window.addEventListener("copy", fill, { capture: true });
  document.execCommand("copy");
  window.removeEventListener("copy", fill, { capture: true });
  if (!isDone) throw new Error(text("clip.refused"));
}
