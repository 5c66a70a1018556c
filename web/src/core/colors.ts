/** Colours as node inputs hold them: `#rrggbb` texts, or numbers 0xRRGGBB. */

/** The colour as `#rrggbb`; null when the text is none. Three digits stand for six. */
export function readColor(value: unknown): string | null {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffffff) return `#${value.toString(16).padStart(6, "0")}`;
  if (typeof value !== "string") return null;
  const [, digits] = /^\s*#?([0-9a-f]{6}|[0-9a-f]{3})\s*$/i.exec(value) ?? [];
  if (!digits) return null;
  const six = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  return `#${six.toLowerCase()}`;
}

export function colorNumber(color: string): number {
  return Number.parseInt(color.slice(1), 16);
}
