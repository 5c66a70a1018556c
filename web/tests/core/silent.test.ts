import { expect, test } from "vitest";
import { makeSubgraph } from "../../src/core/commands/subgraphs.ts";
import { setMode } from "../../src/core/commands/nodes.ts";
import { BYPASSED, MUTED, ROOT } from "../../src/core/document.ts";
import { silencedBy } from "../../src/core/silent.ts";
import { catalog, newSession } from "./samples.ts";

const byType = (session: ReturnType<typeof newSession>, type: string): string => Object.values(session.sheet.nodes).find((node) => node.type === type)!.id;

test.each([MUTED, BYPASSED])("a link that comes from a node in mode %i ends there", (mode) => {
  const session = newSession();
  const [decode, save] = [byType(session, "VAEDecode"), byType(session, "SaveImage")];
  session.perform("Mode", (edit) => setMode(edit, ROOT, [decode], mode));
  expect(silencedBy(session.document, save, "images")).toMatchObject({ id: decode, mode });
});

test("an input without a link, or of a node that is not there, is silenced by nothing", () => {
  const session = newSession();
  expect([silencedBy(session.document, byType(session, "SaveImage"), "mask"), silencedBy(session.document, "9:9", "images")]).toEqual([null, null]);
});

test("it is found inside subgraphs too", () => {
  const session = newSession();
  const [sampler, decode] = [byType(session, "KSampler"), byType(session, "VAEDecode")];
  session.perform("Group", (edit) => makeSubgraph(edit, ROOT, [sampler, decode], "group", catalog));
  const instance = Object.values(session.sheet.nodes).find(({ type }) => type in session.document.sheets)!;
  session.perform("Mute", (edit) => setMode(edit, instance.type, [sampler], MUTED));
  expect(silencedBy(session.document, `${instance.id}:${decode}`, "samples")).toMatchObject({ id: sampler });
});
