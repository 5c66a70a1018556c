import { expect, test } from "vitest";
import { shownBytes } from "../../src/core/bytes.ts";
import { NOT_SENT, NO_RUN, type RunState, afterMessage, withoutRefusals } from "../../src/core/runs.ts";

const tell = (state: RunState, type: string, data: object, atMs = 0): RunState => afterMessage(state, type, { prompt_id: "p", ...data }, atMs);

test("what the server measured of a node counts, not the time at which its message came", () => {
  let state = tell(NO_RUN, "execution_start", {});
  state = tell(state, "executing", { node: "3" }, 100);
  state = tell(state, "progress_state", { nodes: { 3: { state: "finished", value: 1, max: 1, seconds: 1.5, memory_bytes: 2e8 } } }, 9000);
  expect(state.nodes["3"]).toMatchObject({ state: "done", tookMs: 1500, memoryBytes: 2e8 });
});

test("a node whose end came before the snapshot still gets what was measured", () => {
  let state = tell(NO_RUN, "execution_start", {});
  state = tell(state, "executing", { node: "3" }, 100);
  state = tell(state, "executing", { node: "4" }, 400);
  expect(state.nodes["3"]).toMatchObject({ state: "done", tookMs: 300 });
  state = tell(state, "progress_state", { nodes: { 3: { state: "finished", value: 1, max: 1, seconds: 0.25 } } }, 500);
  expect(state.nodes["3"]).toMatchObject({ state: "done", tookMs: 250 });
  expect(state.nodes["3"]).not.toHaveProperty("memoryBytes");
});

test.each([[0, "0 B"], [999, "999 B"], [76_300_000, "76 MB"], [2_140_000_000, "2.1 GB"], [141e9, "141 GB"]])("%d bytes are %s", (bytes, shown) => {
  expect(shownBytes(bytes)).toBe(shown);
});

test("what kept a run from being taken goes with a newer look at the document, and what failed in a run stays", () => {
  const failed = { node: "3", message: "out of memory" };
  const state: RunState = { ...NO_RUN, problems: [{ node: "5", message: "not linked", kind: "required_input_missing" }, failed, { node: "", message: "no answer", kind: NOT_SENT }] };
  expect(withoutRefusals(state)).toEqual({ ...NO_RUN, problems: [failed] });
  expect(withoutRefusals(NO_RUN)).toBe(NO_RUN);
});
