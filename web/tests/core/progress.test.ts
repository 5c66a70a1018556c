import { expect, test } from "vitest";
import { progressOf } from "../../src/core/progress.ts";
import { NO_RUN, type NodeRun, type RunState } from "../../src/core/runs.ts";

const running = (node: Partial<NodeRun>): RunState => ({ ...NO_RUN, isRunning: true, nodes: { 3: { state: "running", startedMs: 0, ...node } } });

test("a node that tells its steps is a share of the way, and the rest takes as long as the steps before", () => {
  expect(progressOf(running({ value: 5, max: 20 }), 2000)).toEqual({ node: "3", share: 0.25, leftSeconds: 6 });
});

test("nothing is foretold from the first moment, nor of nodes that tell no steps", () => {
  expect(progressOf(running({ value: 5, max: 20 }), 900)?.leftSeconds).toBeNull();
  expect(progressOf(running({ value: 0, max: 20 }), 9000)).toEqual({ node: "3", share: 0, leftSeconds: null });
  expect([progressOf(running({ value: 0, max: 1 }), 9000), progressOf(running({}), 9000), progressOf(NO_RUN, 9000)]).toEqual([null, null, null]);
});
