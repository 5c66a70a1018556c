/** Everything that is wrong with the workflow in view: what its last run said, what the dry run says now, what is missing. */
import { useMemo } from "react";
import { missingParts, type MissingPart } from "../core/missing.ts";
import type { Problem } from "../core/runs.ts";
import { useDryRun } from "./dryRun.ts";
import { useRun, useSession, useWorkspace } from "./editor.ts";

export function useProblems(): readonly Problem[] {
  const ofRun = useRun((run) => run.problems);
  const ofPlan = useDryRun((dryRun) => dryRun.problems);
  return useMemo(() => {
    const same = (a: Problem, b: Problem): boolean => a.node === b.node && a.input === b.input && a.message === b.message;
    return [...ofRun, ...ofPlan.filter((problem) => !ofRun.some((other) => same(other, problem)))];
  }, [ofRun, ofPlan]);
}

export function useMissingParts(): readonly MissingPart[] {
  const document = useSession((state) => state.document);
  const catalog = useWorkspace((state) => state.catalog);
  return useMemo(() => missingParts(document, catalog), [document, catalog]);
}
