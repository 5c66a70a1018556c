/** Which sockets fit each other: the field's rule, without regard to case; a comma separates alternatives. */
export function fits(given: string, taken: string): boolean {
  if (isAny(given) || isAny(taken)) return true;
  if (given === taken) return true;
  const takes = new Set(alternatives(taken));
  return alternatives(given).some((type) => takes.has(type));
}

export function isAny(type: string): boolean {
  return type === "*" || type === "" || type === "0" || type === "COMFY_MATCHTYPE_V3";
}

function alternatives(type: string): string[] {
  return type.toLowerCase().split(",").map((part) => part.trim());
}
