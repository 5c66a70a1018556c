import { type ComponentType, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { PromptEditorProps } from "../prompt/PromptEditor.tsx";
import { newGesture } from "./gesture.ts";
import type { WidgetProps } from "./registry.ts";

/** A line of text, or a prompt of several. */
export function TextWidget(props: WidgetProps) {
  return props.spec.options.multiline === true ? <PromptField {...props} /> : <LineField {...props} />;
}

function LineField({ name, label, spec, value, node, onChange }: WidgetProps) {
  const gesture = useRef("");
  const { placeholder } = spec.options as { placeholder?: string };
  return (
    <input
      className="field nodrag" aria-label={label} value={shown(value)} placeholder={placeholder} data-name={name}
      onFocus={() => { gesture.current = newGesture("type", node, name); }} onChange={(event) => onChange(event.target.value, gesture.current)}
    />
  );
}

/** The prompt editor, once it was fetched, and where the caret stood when it took over. */
interface Takeover {
  readonly Editor: ComponentType<PromptEditorProps>;
  readonly selection: PromptEditorProps["selection"];
}

/**
 * A plain field until it is first written in: then the prompt editor takes its place, with the caret where it was. Graphs
 * of hundreds of prompts stay light, and the editor's code is fetched when someone writes. Both change hands within one
 * task of the browser, so no key falls between them.
 */
function PromptField({ name, label, spec, value, node, onChange }: WidgetProps) {
  const [takeover, setTakeover] = useState<Takeover | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const isBusy = useRef({ pressed: false, composing: false });
  const gesture = useRef("");
  const { placeholder } = spec.options as { placeholder?: string };
  const change = (text: string): void => onChange(text, gesture.current);
  const begin = async (): Promise<void> => {
    gesture.current = newGesture("type", node, name);
    const loaded = await import("../prompt/PromptEditor.tsx").catch(() => null);
    if (!loaded) return; // out of reach: the plain field does
    // A press may still become a selection, and a syllable a character: the editor takes over when that is done.
    while (isBusy.current.pressed || isBusy.current.composing) await new Promise((done) => setTimeout(done, 20));
    const element = field.current;
    if (!element || document.activeElement !== element) return;
    const isBackward = element.selectionDirection === "backward";
    const [start, end] = [element.selectionStart, element.selectionEnd];
    flushSync(() => setTakeover({ Editor: loaded.default, selection: { anchor: isBackward ? end : start, head: isBackward ? start : end } }));
  };
  const press = (): void => {
    isBusy.current.pressed = true;
    const release = (): void => { isBusy.current.pressed = false; };
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, release, { capture: true, once: true });
  };
  if (!takeover)
    return (
      <textarea
        ref={field} className="field prompt-plain nodrag nopan scrolls" aria-label={label} rows={4} value={shown(value)} placeholder={placeholder} spellCheck={false}
        onPointerDown={press} onFocus={() => void begin()} onChange={(event) => change(event.target.value)}
        onCompositionStart={() => { isBusy.current.composing = true; }} onCompositionEnd={() => { isBusy.current.composing = false; }}
      />
    );
  const { Editor, selection } = takeover;
  return (
    <div className="prompt" data-name={name} onFocus={() => { gesture.current = newGesture("type", node, name); }}>
      <Editor value={shown(value)} label={label} selection={selection} hasFocus onChange={change} {...(placeholder ? { placeholder } : {})} />
    </div>
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value);
}
