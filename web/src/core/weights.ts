/** The weight of words in a prompt: `(a red fox:1.15)`. */

export interface Selected {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const WEIGHTED = /^\(([^()]*):(-?\d+(?:\.\d+)?)\)$/;

/**
 * The text with the selected words (or the word at the caret) weighted up or down; the selection stays on the words.
 * A weight of 1 has no brackets. The same text comes back when there is no word there.
 */
export function changeWeight({ text, from, to }: Selected, by: number): Selected {
  const same = { text, from, to };
  const [start, end] = groupAround(text, from, to) ?? wordsAt(text, from, to);
  if (start === end) return same;
  const chosen = text.slice(start, end);
  const [, inner = chosen, given = "1"] = WEIGHTED.exec(chosen) ?? [];
  const weight = Math.round((Number(given) + by) * 100) / 100;
  const isPlain = weight === 1;
  const written = isPlain ? inner : `(${inner}:${weight})`;
  const first = start + (isPlain ? 0 : 1);
  return { text: text.slice(0, start) + written + text.slice(end), from: first, to: first + inner.length };
}

/** The innermost weighted group that the selection lies in, brackets included. */
function groupAround(text: string, from: number, to: number): [number, number] | null {
  const open = text.lastIndexOf("(", from === to ? from : from);
  const start = text[from] === "(" && from < to ? from : open;
  if (start < 0) return null;
  const close = text.indexOf(")", start);
  if (close < 0 || close + 1 < to) return null;
  return WEIGHTED.test(text.slice(start, close + 1)) && from <= close + 1 ? [start, close + 1] : null;
}

/** The selection without the blanks around it, or the word at the caret. */
function wordsAt(text: string, from: number, to: number): [number, number] {
  if (from === to) {
    const before = /[^\s,()[\]{}|:]*$/.exec(text.slice(0, from))![0].length;
    const after = /^[^\s,()[\]{}|:]*/.exec(text.slice(from))![0].length;
    return [from - before, from + after];
  }
  const chosen = text.slice(from, to);
  const start = from + (chosen.length - chosen.trimStart().length);
  return [start, Math.max(start, to - (chosen.length - chosen.trimEnd().length))];
}
