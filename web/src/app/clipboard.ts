/**
 * Copy and paste through the browser's own events, so that what is copied reaches other tabs, and no permission is asked.
 * A clip is text (JSON); pasted pictures become nodes that load them.
 */
import { copyFrom, paste, readClip } from "../core/clipboard.ts";
import { deleteAll } from "../core/commands/nodes.ts";
import { copyText } from "../state/copyText.ts";
import { canvas, currentSession, notify, workspace } from "../state/editor.ts";
import { text } from "../texts/text.ts";
import { addMedium } from "./files.ts";
import { isTextField } from "./shortcuts.ts";

let kept = "";

export function listenToClipboard(): () => void {
  const isOurs = (event: ClipboardEvent): boolean => !isTextField(event.target) && !(event.target as Element | null)?.closest?.("[role=dialog]");
  const copy = (event: ClipboardEvent): void => {
    if (!isOurs(event) || window.getSelection()?.toString() || currentSession().state.selection.size === 0) return;
    copyNow();
    event.clipboardData?.setData("text/plain", kept);
    event.preventDefault();
    if (event.type === "cut") removeSelection();
  };
  const receive = (event: ClipboardEvent): void => {
    if (!isOurs(event)) return;
    const pictures = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
    const at = canvas.current?.pointer() ?? [0, 0];
    if (pictures.length) for (const picture of pictures) void addMedium(picture, "image", at).catch((error: Error) => notify(error.message, "error"));
    else if (!pasteText(event.clipboardData?.getData("text/plain") ?? "", false)) return;
    event.preventDefault();
  };
  document.addEventListener("copy", copy);
  document.addEventListener("cut", copy);
  document.addEventListener("paste", receive);
  return () => {
    document.removeEventListener("copy", copy);
    document.removeEventListener("cut", copy);
    document.removeEventListener("paste", receive);
  };
}

export function copyNow(): void {
  const { document, sheet, state } = currentSession();
  kept = JSON.stringify(copyFrom(document, sheet.id, state.selection));
  // From the menu there is no copy event; where the browser allows it, other tabs get the clip all the same.
  void copyText(kept).catch(() => undefined);
}

export function cutNow(): void {
  copyNow();
  removeSelection();
}

export async function pasteNow(keepLinks = false): Promise<void> {
  const found = await (navigator.clipboard?.readText?.() ?? Promise.resolve("")).catch(() => "");
  if (!pasteText(found, keepLinks) && !pasteText(kept, keepLinks)) notify(text("clip.nothing"));
}

function pasteText(content: string, keepLinks: boolean): boolean {
  const clip = readClip(content);
  if (!clip || clip.nodes.length + clip.frames.length === 0) return false;
  const session = currentSession();
  const at = canvas.current?.pointer() ?? [0, 0];
  session.select(session.perform("Paste", (edit) => paste(edit, session.sheet.id, clip, at, workspace.catalog, keepLinks)));
  return true;
}

function removeSelection(): void {
  const session = currentSession();
  session.perform("Cut", (edit) => deleteAll(edit, session.sheet.id, session.state.selection, workspace.catalog, false));
}
