/** Colours of socket types. Those that everybody knows keep their usual colour; others get one from their name. */
const KNOWN: Readonly<Record<string, string>> = {
  MODEL: "#b39ddb", CLIP: "#ffd500", VAE: "#ff6e6e", CONDITIONING: "#ffa931", LATENT: "#ff9cf9", IMAGE: "#64b5f6",
  MASK: "#81c784", CONTROL_NET: "#6ee7b7", CLIP_VISION: "#a8dadc", CLIP_VISION_OUTPUT: "#ad7452", STYLE_MODEL: "#c2ffae",
  UPSCALE_MODEL: "#d7b98e", NOISE: "#b0b0b0", GUIDER: "#66ffff", SAMPLER: "#ecb4b4", SIGMAS: "#cdffcd",
  INT: "#7aa5c9", FLOAT: "#8fc98f", STRING: "#c9a77a", BOOLEAN: "#c97a9d", COMBO: "#9a8fc9", "*": "#9aa3b2", "": "#9aa3b2",
};

export function socketColor(type: string): string {
  const first = type.split(",")[0]!.toUpperCase();
  return KNOWN[first] ?? `hsl(${hueOf(first)} 55% 65%)`;
}

function hueOf(name: string): number {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 3600;
  return hash / 10;
}
