/** The Markdown that notes are written in, as a tree. Nothing of it is ever HTML, so there is nothing to sanitise. */

export type Inline =
  | { readonly kind: "text" | "strong" | "em" | "code"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly url: string };

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly inline: readonly Inline[] }
  | { readonly kind: "paragraph" | "quote"; readonly inline: readonly Inline[] }
  | { readonly kind: "list"; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: "code"; readonly text: string };

export function readMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (line.trim() === "") at += 1;
    else if (line.startsWith("```")) {
      const end = lines.findIndex((other, i) => i > at && other.startsWith("```"));
      const last = end < 0 ? lines.length : end;
      blocks.push({ kind: "code", text: lines.slice(at + 1, last).join("\n") });
      at = last + 1;
    } else if (heading) {
      blocks.push({ kind: "heading", level: heading[1]!.length, inline: readInline(heading[2]!) });
      at += 1;
    } else if (ITEM.test(line)) {
      const items = takeWhile(lines, at, (other) => ITEM.test(other));
      blocks.push({ kind: "list", isOrdered: /^\s*\d/.test(line), items: items.map((item) => readInline(item.replace(ITEM, ""))) });
      at += items.length;
    } else if (line.startsWith(">")) {
      const quoted = takeWhile(lines, at, (other) => other.startsWith(">"));
      blocks.push({ kind: "quote", inline: readInline(quoted.map((other) => other.replace(/^>\s?/, "")).join("\n")) });
      at += quoted.length;
    } else {
      const words = takeWhile(lines, at, (other) => other.trim() !== "" && !/^(#{1,6}\s|```|>)/.test(other) && !ITEM.test(other));
      blocks.push({ kind: "paragraph", inline: readInline(words.join("\n")) });
      at += Math.max(1, words.length);
    }
  }
  return blocks;
}

const ITEM = /^\s*(?:[-*+]|\d{1,4}[.)])\s+/;
const INLINE = /`([^`\n]+)`|\*\*([^*]+)\*\*|\*([^*\n]+)\*|\[([^\]\n]*)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>()]+)/g;

/** Links lead to http and https only; others stay text. */
export function readInline(source: string): Inline[] {
  const parts: Inline[] = [];
  let end = 0;
  for (const match of source.matchAll(INLINE)) {
    if (match.index > end) parts.push({ kind: "text", text: source.slice(end, match.index) });
    const [whole, code, strong, em, label, target, bare] = match;
    const url = target ?? bare;
    if (code !== undefined) parts.push({ kind: "code", text: code });
    else if (strong !== undefined) parts.push({ kind: "strong", text: strong });
    else if (em !== undefined) parts.push({ kind: "em", text: em });
    else if (url !== undefined && /^https?:\/\//i.test(url)) parts.push({ kind: "link", text: label || url, url });
    else parts.push({ kind: "text", text: label ?? whole });
    end = match.index + whole.length;
  }
  if (end < source.length) parts.push({ kind: "text", text: source.slice(end) });
  return parts;
}

function takeWhile(lines: readonly string[], from: number, isWanted: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, i) => i >= from && !isWanted(line));
  return lines.slice(from, end < 0 ? lines.length : end);
}
