import { useStore } from "zustand";
import { runner, useSession, useTab } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { ACTIONS } from "./actionList.ts";
import { MainMenu } from "./MainMenu.tsx";
import { RunState } from "./RunState.tsx";
import { perform, readableShortcut, shortcutOf } from "./shortcuts.ts";
import { RunMenu } from "../panels/RunMenu.tsx";
import { Tabs } from "./Tabs.tsx";

export function TopBar() {
  return (
    <header className="top">
      <MainMenu />
      <Tabs />
      <Crumbs />
      <span className="grow" />
      <RunState />
      <ActionButton id="stop" className="button" />
      <ActionButton id="run" className="button is-primary" />
      <RunMenu />
    </header>
  );
}

function Crumbs() {
  const text = useText();
  const { session } = useTab();
  const entered = useSession((state) => state.entered);
  const document = useSession((state) => state.document);
  if (entered.length === 0) return null;
  return (
    <nav className="crumbs" aria-label={text("crumbs.label")}>
      <button type="button" onClick={() => session.leave(0)}>{text("crumbs.root")}</button>
      {entered.map(({ sheet }, i) => (
        <button key={i} type="button" aria-current={i === entered.length - 1} onClick={() => session.leave(i + 1)}>
          {document.sheets[sheet]?.name || text("crumbs.root")}
        </button>
      ))}
    </nav>
  );
}

function ActionButton({ id, className }: { readonly id: string; readonly className: string }) {
  const text = useText();
  useStore(runner.server);
  const action = ACTIONS.find((candidate) => candidate.id === id)!;
  return (
    <button type="button" className={className} disabled={action.isEnabled?.() === false} title={readableShortcut(shortcutOf(action))} onClick={() => void perform(action)}>
      {text(action.label)}
    </button>
  );
}
