/** What may be completed in a prompt: where a completion begins, which words a training file names, which fit. */
import { isObject } from "./json.ts";
import { scoreOf } from "./search.ts";

export interface Word {
  readonly text: string;
  readonly kind: "embedding" | "lora" | "word" | "own";
  /** Where the word comes from, for people. */
  readonly from?: string;
}

const MOST_TAGS = 60;
const MOST_SHOWN = 40;

/** The piece of text before the caret that a completion replaces: back to a comma, bracket or line; null when there is none. */
export function pieceBefore(line: string): { readonly start: number; readonly text: string } | null {
  const embedding = /embedding:[^\s,()]*$/i.exec(line);
  if (embedding) return { start: embedding.index, text: embedding[0] };
  const word = /[\p{L}\p{N}_'-]+$/u.exec(line);
  return word ? { start: word.index, text: word[0] } : null;
}

/** The words that fit a piece, best first. */
export function fitting(words: readonly Word[], piece: string): Word[] {
  const wanted = piece.toLowerCase();
  return words
    .map((word) => {
      const text = word.text.toLowerCase();
      const plain = word.kind === "embedding" && !wanted.startsWith("embedding:") ? text.slice("embedding:".length) : text;
      return { word, score: plain === wanted && word.kind !== "embedding" ? 0 : scoreOf(plain, wanted) };
    })
    .filter(({ score }) => score >= 0.3)
    .sort((a, b) => b.score - a.score || a.word.text.length - b.word.text.length)
    .slice(0, MOST_SHOWN)
    .map(({ word }) => word);
}

/** The words that a LoRA was trained with, most frequent first, as kohya's trainer writes them into its file. */
export function trainedWords(metadata: unknown): string[] {
  const raw = isObject(metadata) ? metadata.ss_tag_frequency : undefined;
  let sets: unknown = raw;
  try {
    if (typeof raw === "string") sets = JSON.parse(raw);
  } catch {
    return [];
  }
  const counts = new Map<string, number>();
  for (const tags of Object.values(isObject(sets) ? sets : {}))
    for (const [tag, count] of Object.entries(isObject(tags) ? tags : {}))
      if (tag.trim() && typeof count === "number") counts.set(tag.trim(), (counts.get(tag.trim()) ?? 0) + count);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_TAGS).map(([tag]) => tag);
}

/** The phrases of other prompts: what stands between commas, without weights. */
export function phrasesOf(prompts: readonly string[]): string[] {
  const phrases = prompts.flatMap((prompt) => prompt.split(/[,\n|{}]+/)).map((part) => part.replace(/[()[\]]/g, "").replace(/:-?[\d.]+\s*$/, "").trim());
  return [...new Set(phrases.filter((phrase) => phrase.length > 2 && phrase.length < 40 && !phrase.startsWith("embedding:")))];
}
