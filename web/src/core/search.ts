/** Fuzzy search of node types: every letter of the query in order; beginnings of words and names count most. */
import type { Catalog, NodeType } from "./catalog.ts";

export interface Searchable<Item> {
  readonly item: Item;
  /** What is searched, lower case, most telling first, with the weight of each. */
  readonly fields: readonly (readonly [text: string, weight: number])[];
}

export function indexTypes(catalog: Catalog): Searchable<NodeType>[] {
  return [...catalog.values()].map((type) => ({
    item: type,
    fields: [
      [type.title.toLowerCase(), 1], [type.name.toLowerCase(), 0.95],
      ...type.aliases.map((alias) => [alias.toLowerCase(), 0.85] as const),
      [type.category.toLowerCase(), 0.4],
    ],
  }));
}

const ESSENTIALS: ReadonlySet<string> = new Set([
  "CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "KSampler", "VAEDecode", "VAEEncode", "LoadImage", "SaveImage", "PreviewImage", "LoraLoader", "ControlNetLoader", "ControlNetApplyAdvanced",
]);

/** What most graphs are made of comes before what is rarer, and what was replaced after it. */
export function weightOf({ name, isDeprecated }: NodeType): number {
  return (ESSENTIALS.has(name) ? 0.25 : 0) - (isDeprecated ? 0.2 : 0);
}

/** The best `limit` items, best first; ties keep their order. An empty query gives the first ones. */
export function search<Item>(index: readonly Searchable<Item>[], query: string, limit = 60, bonus?: (item: Item) => number): Item[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { item: Item; score: number; at: number }[] = [];
  index.forEach(({ item, fields }, at) => {
    let score = 0;
    for (const word of words) {
      let best = 0;
      for (const [text, weight] of fields) best = Math.max(best, weight * scoreOf(text, word));
      if (best === 0) return;
      score += best;
    }
    found.push({ item, score: score + (bonus?.(item) ?? 0), at });
  });
  return found.sort((a, b) => b.score - a.score || a.at - b.at).slice(0, limit).map(({ item }) => item);
}

/** 0 if the word is not in the text, even with gaps; up to 1 for the text itself. */
export function scoreOf(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at >= 0) {
    const isStart = at === 0 || /[^a-z0-9]/.test(text[at - 1]!);
    return (isStart ? 0.8 : 0.55) + 0.2 * (word.length / text.length);
  }
  let position = -1;
  let gaps = 0;
  for (const letter of word) {
    const next = text.indexOf(letter, position + 1);
    if (next < 0) return 0;
    if (position >= 0 && next > position + 1 && !/[^a-z0-9]/.test(text[next - 1]!)) gaps += 1;
    position = next;
  }
  return Math.max(0.02, 0.4 - 0.1 * gaps);
}
