/** Names that are like a name that is not there: the file may have moved, or be another version. */

/** The best `limit` of the choices, best first; those that have nothing in common with the name are left out. */
export function similarTo(name: string, choices: readonly string[], limit = 8): string[] {
  const wanted = pairsOf(stem(name));
  return choices
    .map((choice) => ({ choice, score: likeness(wanted, pairsOf(stem(choice))) }))
    .filter(({ score }) => score > 0.2)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ choice }) => choice);
}

/** The name without folders, ending and what separates its words. */
function stem(name: string): string {
  const file = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  return file.replace(/\.[a-z0-9]{2,12}$/i, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

function pairsOf(text: string): ReadonlySet<string> {
  const padded = ` ${text} `;
  return new Set(Array.from({ length: padded.length - 1 }, (_, i) => padded.slice(i, i + 2)));
}

/** Dice's measure: twice what both have, over what they have in all. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const pair of a) if (b.has(pair)) both += 1;
  return (2 * both) / (a.size + b.size);
}
