/** From keys to actions. */
import { settings } from "../core/settings.ts";
import { notify } from "../state/editor.ts";
import type { Action } from "./action.ts";
import { ACTIONS } from "./actionList.ts";

const IS_MAC = /mac|iphone|ipad/i.test(navigator.userAgent);

export function shortcutOf(action: Action): string {
  return settings.getState().shortcuts[action.id] ?? action.shortcut ?? "";
}

/** A shortcut as people read it: "Ctrl+Enter". */
export function readableShortcut(shortcut: string): string {
  const names: Record<string, string> = { mod: IS_MAC ? "⌘" : "Ctrl", shift: "Shift", alt: "Alt", " ": "Space" };
  return shortcut.split("+").filter(Boolean).map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join("+");
}

/** The keys of an event as a shortcut. */
export function pressed(event: KeyboardEvent): string {
  const isMod = IS_MAC ? event.metaKey : event.ctrlKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return [isMod && "mod", event.altKey && "alt", event.shiftKey && "shift", key].filter(Boolean).join("+");
}

export async function perform(action: Action): Promise<void> {
  if (action.isEnabled?.() === false) return;
  try {
    await action.perform();
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error), "error");
  }
}

/** Listen to the keyboard; returns how to stop. */
export function listenToKeys(): () => void {
  const listen = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const keys = pressed(event);
    if (keys === "Tab" && isWalking(event.target)) return;
    const isTyping = isTextField(event.target);
    const action = ACTIONS.find((candidate) => shortcutOf(candidate) === keys && !candidate.isBrowsers && (!isTyping || candidate.isGlobal === true));
    if (!action || action.isEnabled?.() === false || isInDialog(event.target)) return;
    event.preventDefault();
    void perform(action);
  };
  // On a node that has the focus, the canvas library takes Ctrl+Enter for a press that unselects it.
  const listenFirst = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || !(event.target instanceof Element) || !event.target.matches(".react-flow__node")) return;
    listen(event);
    if (event.defaultPrevented) event.stopPropagation();
  };
  window.addEventListener("keydown", listenFirst, { capture: true });
  window.addEventListener("keydown", listen);
  return () => {
    window.removeEventListener("keydown", listenFirst, { capture: true });
    window.removeEventListener("keydown", listen);
  };
}

/** Whether somebody goes from control to control by Tab, rather than works with the pointer. */
function isWalking(target: EventTarget | null): boolean {
  return target instanceof Element && target !== document.body && target.matches(":focus-visible");
}

export function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("[role=dialog], [role=menu]") !== null;
}
