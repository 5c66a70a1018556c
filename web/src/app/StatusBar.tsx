import { useStore } from "zustand";
import { settings } from "../core/settings.ts";
import { viewedSheet } from "../core/session.ts";
import { runner, useSession, useUi } from "../state/editor.ts";
import { autosave } from "../state/autosave.ts";
import { useBrokenPacks } from "../state/packs.ts";
import { useMissingParts, useProblems } from "../state/problems.ts";
import { useText } from "../texts/text.ts";

export function StatusBar() {
  const text = useText();
  const isConnected = useStore(runner.server, (state) => state.isConnected);
  const zoom = useUi((state) => Math.round(state.zoom * 100));
  const count = useSession((state) => Object.keys(viewedSheet(state).nodes).length);
  const problems = useProblems().length + useMissingParts().length + Object.keys(useBrokenPacks()).length;
  const isSafe = useStore(autosave, (state) => state.isSafe);
  return (
    <footer className="status">
      <span className={isConnected ? "" : "is-bad"}>{text(isConnected ? "status.connected" : "status.lost")}</span>
      <button type="button" className={problems ? "is-bad" : ""} onClick={() => settings.setState({ bottomPanel: "problems" })}>
        {problems ? text("problems.count", { count: problems }) : text("problems.none")}
      </button>
      <span>{text(isSafe ? "tabs.safe" : "tabs.unsafe")}</span>
      <span className="grow" />
      <span>{text("status.nodes", { count })}</span>
      <span>{text("status.zoom", { percent: zoom })}</span>
    </footer>
  );
}
