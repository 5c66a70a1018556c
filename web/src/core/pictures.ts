/** The workflow that a picture carries: PNG in text chunks, WebP in Exif. */
import { isObject } from "./json.ts";

export interface Carried {
  /** The editor's file, if there is one. */
  readonly workflow?: unknown;
  /** The graph that was run. */
  readonly prompt?: unknown;
}

export async function readCarried(bytes: Uint8Array<ArrayBuffer>): Promise<Carried> {
  const texts = isPng(bytes) ? await pngTexts(bytes) : isWebp(bytes) ? webpTexts(bytes) : new Map<string, string>();
  return Object.fromEntries(
    ["workflow", "prompt"].flatMap((name) => {
      const found = parse(texts.get(name));
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

function parse(text: string | undefined): unknown {
  try {
    const found: unknown = text === undefined ? undefined : JSON.parse(text);
    return isObject(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isPng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47;
}

function isWebp(bytes: Uint8Array): boolean {
  return latin(bytes.subarray(0, 4)) === "RIFF" && latin(bytes.subarray(8, 12)) === "WEBP";
}

/** tEXt, zTXt and iTXt chunks by their keyword (PNG specification, section 11.3.3). */
async function pngTexts(bytes: Uint8Array<ArrayBuffer>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = latin(bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    const end = body.indexOf(0);
    const key = end < 0 ? "" : latin(body.subarray(0, end));
    if (kind === "tEXt" && end >= 0) found.set(key, latin(body.subarray(end + 1)));
    if (kind === "zTXt" && end >= 0) found.set(key, latin(await inflate(body.subarray(end + 2))));
    if (kind === "iTXt" && end >= 0) found.set(key, await internationalText(body, end));
    if (kind === "IEND") break;
    at += 12 + length;
  }
  return found;
}

async function internationalText(body: Uint8Array<ArrayBuffer>, end: number): Promise<string> {
  const isPacked = body[end + 1] === 1;
  const language = body.indexOf(0, end + 3);
  const translated = body.indexOf(0, language + 1);
  const content = body.subarray(translated + 1);
  return new TextDecoder().decode(isPacked ? await inflate(content) : content);
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Exif texts of the form "workflow:{...}"; the field writes them into tags that are free for it. */
function webpTexts(bytes: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (latin(bytes.subarray(at, at + 4)) === "EXIF") {
      const text = new TextDecoder().decode(bytes.subarray(at + 8, at + 8 + length));
      for (const [, key, json] of text.matchAll(/(workflow|prompt):(\{[^\0]*\})\0?/gi)) found.set(key!.toLowerCase(), json!);
    }
    at += 8 + length + (length % 2);
  }
  return found;
}

function latin(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
