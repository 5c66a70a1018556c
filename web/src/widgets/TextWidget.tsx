import { Suspense, lazy, useRef, useState } from "react";
import { newGesture } from "./gesture.ts";
import type { WidgetProps } from "./registry.ts";

const loadEditor = () => import("../prompt/PromptEditor.tsx");
const PromptEditor = lazy(loadEditor);

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

interface Caret {
  readonly anchor: number;
  readonly head: number;
}

/**
 * A plain field until it is first written in: then the prompt editor takes its place, with the caret where it was. Graphs
 * of hundreds of prompts stay light, and the editor's code is fetched when someone writes.
 */
function PromptField({ name, label, spec, value, node, onChange }: WidgetProps) {
  const [caret, setCaret] = useState<Caret | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const isPressed = useRef(false);
  const gesture = useRef("");
  const { placeholder } = spec.options as { placeholder?: string };
  const change = (text: string): void => onChange(text, gesture.current);
  const begin = async (): Promise<void> => {
    gesture.current = newGesture("type", node, name);
    if (!(await loadEditor().catch(() => null))) return; // out of reach: the plain field does
    // A press may still become a selection; the editor takes over when it is let go.
    while (isPressed.current) await new Promise((done) => setTimeout(done, 20));
    const element = field.current;
    if (element && document.activeElement === element) {
      const isBackward = element.selectionDirection === "backward";
      const ends = [element.selectionStart, element.selectionEnd] as const;
      setCaret({ anchor: ends[isBackward ? 1 : 0], head: ends[isBackward ? 0 : 1] });
    }
  };
  const press = (): void => {
    isPressed.current = true;
    const release = (): void => { isPressed.current = false; };
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, release, { capture: true, once: true });
  };
  const plain = (
    <textarea
      ref={field} className="field prompt-plain nodrag nopan nowheel" aria-label={label} rows={4} value={shown(value)} placeholder={placeholder} spellCheck={false}
      onPointerDown={press} onFocus={() => void begin()} onChange={(event) => change(event.target.value)}
    />
  );
  if (!caret) return plain;
  return (
    <div className="prompt" data-name={name} onFocus={() => { gesture.current = newGesture("type", node, name); }}>
      <Suspense fallback={plain}>
        <PromptEditor value={shown(value)} label={label} selection={caret} hasFocus onChange={change} {...(placeholder ? { placeholder } : {})} />
      </Suspense>
    </div>
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value);
}
