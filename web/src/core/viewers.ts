/**
 * Run to here, for nodes that are no outputs: what such a node gives is shown by a node that the run gets beside those of
 * the document, and that shows it on the node that was asked for.
 */
import type { Catalog } from "./catalog.ts";
import type { Json } from "./json.ts";
import { type ApiNode, type ApiPrompt, ancestors } from "./prompt.ts";

const MARK = "~view";

/** The node of the document on which a node of a run shows what it has. */
export function viewedNode(id: string): string {
  const at = id.indexOf(MARK);
  return at < 0 ? id : id.slice(0, at);
}

export function isViewer(id: string): boolean {
  return id.includes(MARK);
}

export interface AimedPrompt {
  readonly prompt: ApiPrompt;
  readonly targets: readonly string[];
}

/** The prompt that ends at the targets, which are nodes or instances of subgraphs. */
export function aimAt(prompt: ApiPrompt, catalog: Catalog, targets: readonly string[]): AimedPrompt {
  const added: Record<string, ApiNode> = {};
  const aimed = targets.flatMap((target) => (target in prompt ? [target] : lastOf(prompt, target))).flatMap((id) => {
    const type = catalog.get(prompt[id]!.class_type);
    if (!type || type.isOutput) return [id];
    const viewer = viewerOf(prompt, catalog, id);
    Object.assign(added, viewer);
    return Object.keys(viewer).slice(-1);
  });
  return { prompt: { ...prompt, ...added }, targets: [...new Set(aimed)] };
}

/** All that decides what a node gives, as a text: what a run to it showed holds as long as this stays the same. */
export function decidedBy(prompt: ApiPrompt, id: string): string {
  const needed = [...ancestors(prompt, [id])].sort();
  return JSON.stringify(needed.map((one) => [one, prompt[one]!.class_type, prompt[one]!.inputs]));
}

/** The nodes of an instance on which no other node of it depends. */
function lastOf(prompt: ApiPrompt, instance: string): string[] {
  const inner = Object.keys(prompt).filter((id) => id.startsWith(`${instance}:`));
  const used = new Set(inner.flatMap((id) => Object.values(prompt[id]!.inputs).flatMap((value) => (Array.isArray(value) ? [String(value[0])] : []))));
  return inner.filter((id) => !used.has(id));
}

/** The nodes that show what `id` gives, the showing one last; none when the server has none that could. */
function viewerOf(prompt: ApiPrompt, catalog: Catalog, id: string): Record<string, ApiNode> {
  const outputs = catalog.get(prompt[id]!.class_type)!.outputs.map(({ type }) => type);
  const has = (...types: string[]): boolean => types.every((type) => catalog.has(type));
  const output = (type: string): Json[] | null => (outputs.includes(type) ? [id, outputs.indexOf(type)] : null);
  const [picture, mask, latent, sound] = ["IMAGE", "MASK", "LATENT", "AUDIO"].map(output) as [Json[] | null, Json[] | null, Json[] | null, Json[] | null];
  const vae = latent && vaeFor(prompt, catalog, latent);
  const viewer = id + MARK;
  if (picture && has("PreviewImage")) return { [viewer]: node("PreviewImage", { images: picture }) };
  if (latent && vae && has("VAEDecode", "PreviewImage")) {
    const decoder = `${viewer}-decode`;
    return { [decoder]: node("VAEDecode", { samples: latent, vae }), [viewer]: node("PreviewImage", { images: [decoder, 0] }) };
  }
  if (mask && has("MaskPreview")) return { [viewer]: node("MaskPreview", { mask }) };
  if (sound && has("PreviewAudio")) return { [viewer]: node("PreviewAudio", { audio: sound }) };
  return outputs.length && has("PreviewAny") ? { [viewer]: node("PreviewAny", { source: [id, 0] }) } : {};
}

/** The VAE that the graph itself decodes this latent with, else the first that it loads. */
function vaeFor(prompt: ApiPrompt, catalog: Catalog, [from, slot]: Json[]): Json[] | null {
  const decoders = Object.values(prompt).filter(({ class_type: type, inputs }) => type === "VAEDecode" && Array.isArray(inputs.vae) && Array.isArray(inputs.samples));
  const own = decoders.find(({ inputs }) => (inputs.samples as Json[])[0] === from && (inputs.samples as Json[])[1] === slot) ?? decoders[0];
  if (own) return own.inputs.vae as Json[];
  for (const [id, { class_type: type }] of Object.entries(prompt)) {
    const at = catalog.get(type)?.outputs.findIndex((output) => output.type === "VAE") ?? -1;
    if (at >= 0) return [id, at];
  }
  return null;
}

function node(type: string, inputs: ApiNode["inputs"]): ApiNode {
  return { class_type: type, inputs, _meta: { title: type } };
}
