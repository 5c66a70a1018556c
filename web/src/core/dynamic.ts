/** What is filled into texts when a run is queued. */
import type { Sheet } from "./document.ts";

/** One of each `{a|b|c}`, also nested ones; `\{` stands for itself; comments (`//` and those between slashes and stars) go. */
export function chooseVariants(text: string, random: () => number): string {
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
  let at = 0;
  const readUntil = (ends: string): string => {
    let made = "";
    while (at < plain.length && !ends.includes(plain[at]!)) {
      const letter = plain[at]!;
      if (letter === "\\" && "{}|\\".includes(plain[at + 1] ?? " ")) {
        made += plain[at + 1]!;
        at += 2;
      } else if (letter === "{") {
        at += 1;
        made += readChoice();
      } else {
        made += letter;
        at += 1;
      }
    }
    return made;
  };
  const readChoice = (): string => {
    const variants: string[] = [];
    for (;;) {
      variants.push(readUntil("|}"));
      const end = plain[at];
      at += 1;
      if (end !== "|") break;
    }
    return variants[Math.floor(random() * variants.length)] ?? "";
  };
  return readUntil("");
}

/** `%date:yyyy-MM-dd%` and `%Node title.widget%` in the name of a saved file; other names are for the server. */
export function fillPrefix(text: string, sheet: Sheet, now: Date): string {
  return text.replace(/%([^%]+)%/g, (whole, inner: string) => {
    if (inner.startsWith("date:")) return formatDate(inner.slice(5), now);
    const dot = inner.indexOf(".");
    if (dot < 0) return whole;
    const [name, widget] = [inner.slice(0, dot), inner.slice(dot + 1)];
    const nodes = Object.values(sheet.nodes);
    const node = nodes.find((n) => n.properties["Node name for S&R"] === name) ?? nodes.find((n) => (n.title ?? n.type) === name);
    const value = node?.values[widget];
    return value === undefined ? whole : String(value).replace(/[/?<>\\:*|"\x00-\x1f\x7f]/g, "_");
  });
}

function formatDate(pattern: string, now: Date): string {
  const parts: Record<string, number> = {
    d: now.getDate(), M: now.getMonth() + 1, h: now.getHours(), m: now.getMinutes(), s: now.getSeconds(), y: now.getFullYear(),
  };
  return pattern.replace(/yyyy|yy|([dMhms])\1?/g, (token) => {
    const value = String(parts[token[0]!] ?? "");
    return token === "yy" ? value.slice(-2) : value.padStart(token.length, "0");
  });
}
