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

/** What a workflow file gives as a colour, if it is one by name, digits or `rgb()`; it may be any text, also an address. */
export function safeColor(value: string | undefined): string | undefined {
  return value !== undefined && /^\s*(#[0-9a-f]{3,8}|[a-z]{3,30}|(rgb|hsl)a?\([\d\s.,%/]{1,60}\))\s*$/i.test(value) ? value.trim() : undefined;
}

export function colorNumber(color: string): number {
  return Number.parseInt(color.slice(1), 16);
}
