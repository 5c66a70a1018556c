/** Arithmetic as people type it into a number field: `1024*1.5`, `sqrt(2)/2`, and `*2`, which works on the value before. */

const FUNCTIONS: Record<string, (...numbers: number[]) => number> = {
  sqrt: Math.sqrt, abs: Math.abs, round: Math.round, floor: Math.floor, ceil: Math.ceil, sin: Math.sin, cos: Math.cos,
  tan: Math.tan, log: Math.log, exp: Math.exp, pow: Math.pow, min: Math.min, max: Math.max,
};
const NAMES: Record<string, number> = { pi: Math.PI, e: Math.E };
const TOKEN = /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z]+)|(\*\*|[-+*/%^(),]))/iy;

/** The value, or null when the text is no arithmetic or its value no number. A text that begins with `*`, `/`, `%`, `^` or `+=` goes on from `before`. */
export function evaluate(text: string, before: number): number | null {
  const plain = text.trim().replace(/^([-+*/])=/, "x$1").replace(/^(?=\*|\/|%|\^)/, "x").replaceAll("，", ",");
  const tokens = readTokens(plain);
  if (!tokens || tokens.length === 0) return null;
  let at = 0;
  const take = (wanted: string): boolean => tokens[at] === wanted && (at += 1) > 0;
  const sum = (): number => {
    let value = product();
    for (;;)
      if (take("+")) value += product();
      else if (take("-")) value -= product();
      else return value;
  };
  const product = (): number => {
    let value = signed();
    for (;;)
      if (take("*")) value *= signed();
      else if (take("/")) value /= signed();
      else if (take("%")) value %= signed();
      else return value;
  };
  const signed = (): number => (take("-") ? -signed() : take("+") ? signed() : power());
  const power = (): number => {
    const base = single();
    return take("^") || take("**") ? base ** signed() : base;
  };
  const single = (): number => {
    const token = tokens[at];
    at += 1;
    if (token === "(") {
      const value = sum();
      return take(")") ? value : NaN;
    }
    if (token === undefined) return NaN;
    const call = FUNCTIONS[token.toLowerCase()];
    if (call && take("(")) {
      const given = [sum()];
      while (take(",")) given.push(sum());
      return take(")") ? call(...given) : NaN;
    }
    if (token.toLowerCase() === "x") return before;
    return NAMES[token.toLowerCase()] ?? (/^[\d.]/.test(token) ? Number(token) : NaN);
  };
  const value = sum();
  return at === tokens.length && Number.isFinite(value) ? value : null;
}

function readTokens(text: string): string[] | null {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) return null;
    found.push((match[1] ?? match[2] ?? match[3])!);
  }
  return found;
}
