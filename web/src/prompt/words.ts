/** The words that prompts are completed from, read from the server when a prompt is first written in. */
import { api } from "../api/client.ts";
import { modelMetadata, promptWords } from "../api/inputs.ts";
import { type Word, phrasesOf, trainedWords } from "../core/vocabulary.ts";
import { currentSession } from "../state/editor.ts";

const FRESH_MS = 30_000;
let kept: { readonly atMs: number; readonly words: Promise<readonly Word[]> } | null = null;
const trained = new Map<string, Promise<readonly string[]>>();

/** All words, best sources first. What the server cannot tell is left out: completion is help, not a condition. */
export async function allWords(own: string): Promise<readonly Word[]> {
  if (!kept || Date.now() - kept.atMs > FRESH_MS) kept = { atMs: Date.now(), words: readServer() };
  const { texts, loras } = readDocument(own);
  const fromLoras = await Promise.all(loras.map(async (lora) => (await wordsOfLora(lora)).map((text): Word => ({ text, kind: "lora", from: lora }))));
  const found = [...(await kept.words), ...fromLoras.flat(), ...phrasesOf(texts).map((text): Word => ({ text, kind: "own" }))];
  const seen = new Set<string>();
  return found.filter(({ text }) => !seen.has(text.toLowerCase()) && seen.add(text.toLowerCase()));
}

async function readServer(): Promise<readonly Word[]> {
  const [embeddings, words] = await Promise.all([api.embeddings().catch(() => []), promptWords().catch(() => [])]);
  return [
    ...words.map((text): Word => ({ text, kind: "word" })),
    ...embeddings.map((name): Word => ({ text: `embedding:${name}`, kind: "embedding" })),
  ];
}

function wordsOfLora(name: string): Promise<readonly string[]> {
  const known = trained.get(name) ?? modelMetadata("loras", name).then(trainedWords).catch(() => []);
  trained.set(name, known);
  return known;
}

/** The prompts of the open workflow but the one being written, and the LoRAs that it loads. */
function readDocument(own: string): { texts: string[]; loras: string[] } {
  const values = Object.values(currentSession().document.sheets).flatMap((sheet) => Object.values(sheet.nodes)).flatMap((node) => Object.entries(node.values));
  const texts = values.flatMap(([name, value]) => (typeof value === "string" && value !== own && /text|prompt/.test(name) ? [value] : []));
  const loras = values.flatMap(([name, value]) => (typeof value === "string" && value && /^lora_name/.test(name) ? [value] : []));
  return { texts, loras: [...new Set(loras)] };
}
