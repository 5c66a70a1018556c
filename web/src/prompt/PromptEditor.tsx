import { type CompletionContext, type CompletionResult, acceptCompletion, autocompletion, closeCompletion, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Annotation, EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, keymap, placeholder as showPlaceholder, tooltips } from "@codemirror/view";
import { useEffect, useLayoutEffect, useRef } from "react";
import { fitting, pieceBefore } from "../core/vocabulary.ts";
import { changeWeight } from "../core/weights.ts";
import { promptColors } from "./colors.ts";
import { allWords } from "./words.ts";

export interface PromptEditorProps {
  readonly value: string;
  readonly label: string;
  readonly placeholder?: string;
  /** Where the caret stands at the start. */
  readonly selection: { readonly anchor: number; readonly head: number };
  readonly hasFocus: boolean;
  onChange(value: string): void;
}

const WEIGHT_STEP = 0.05;
const fromOutside = Annotation.define<boolean>();

/** A prompt: words are completed, Ctrl+Up and Ctrl+Down weigh the selected ones. Changes from outside keep caret and focus. */
export default function PromptEditor({ value, label, placeholder, selection, hasFocus, onChange }: PromptEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  changed.current = onChange;

  // Before the next key: the field that stood here has the focus no more.
  useLayoutEffect(() => {
    const limit = (at: number): number => Math.min(Math.max(0, at), value.length);
    const made = (view.current = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: value,
        selection: { anchor: limit(selection.anchor), head: limit(selection.head) },
        extensions: [
          history(), drawSelection(), EditorView.lineWrapping, promptColors,
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
          // In the page, not in the node: neighbours would lie over it.
          tooltips({ parent: document.body, position: "fixed" }),
          autocompletion({ override: [complete], icons: false, activateOnTypingDelay: 60 }),
          Prec.highest(keymap.of([{ key: "Tab", run: acceptCompletion }, { key: "Escape", run: leave }, ...weightKeys()])),
          keymap.of([...defaultKeymap.filter(({ key }) => key !== "Mod-Enter" && key !== "Shift-Mod-Enter"), ...historyKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((step) => step.annotation(fromOutside))) changed.current(update.state.doc.toString());
          }),
          ...(placeholder ? [showPlaceholder(placeholder)] : []),
        ],
      }),
    }));
    if (hasFocus) made.focus();
    return () => {
      made.destroy();
      view.current = null;
    };
    // The editor lives as long as the field; later values come through the effect below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [label]);

  useEffect(() => {
    const made = view.current;
    if (!made || made.state.doc.toString() === value) return;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value }, annotations: fromOutside.of(true) });
  }, [value]);

  return <div ref={place} className="prompt-editor field nodrag nopan scrolls" />;
}

function weightKeys() {
  const weigh = (by: number) => (view: EditorView): boolean => {
    const { from, to } = view.state.selection.main;
    const text = view.state.doc.toString();
    const made = changeWeight({ text, from, to }, by);
    if (made.text !== text) view.dispatch({ changes: difference(text, made.text), selection: { anchor: made.from, head: made.to }, userEvent: "input" });
    return true;
  };
  return [{ key: "Mod-ArrowUp", run: weigh(WEIGHT_STEP) }, { key: "Mod-ArrowDown", run: weigh(-WEIGHT_STEP) }];
}

/** The one piece in which two texts differ. */
function difference(before: string, after: string): { from: number; to: number; insert: string } {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

/** Escape closes the completion, then leaves the field, so that the keyboard is the canvas's again. */
function leave(view: EditorView): boolean {
  if (completionStatus(view.state) === "active") return closeCompletion(view);
  view.contentDOM.blur();
  return true;
}

async function complete(context: CompletionContext): Promise<CompletionResult | null> {
  const line = context.state.doc.lineAt(context.pos);
  const piece = pieceBefore(line.text.slice(0, context.pos - line.from));
  if (!piece || (!context.explicit && piece.text.length < 2)) return null;
  const words = await allWords(context.state.doc.toString());
  if (context.aborted) return null;
  const options = fitting(words, piece.text).map(({ text, kind, from }) => ({ label: text, type: kind, ...(from ? { detail: from } : {}) }));
  return options.length ? { from: line.from + piece.start, options, filter: false } : null;
}
