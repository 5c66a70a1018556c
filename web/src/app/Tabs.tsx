import { useStore } from "zustand";
import type { Tab } from "../core/workspace.ts";
import { useWorkspace, workspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { ACTIONS } from "./actionList.ts";
import { perform } from "./shortcuts.ts";

export function Tabs() {
  const text = useText();
  const tabs = useWorkspace((state) => state.tabs);
  const active = useWorkspace((state) => state.active);
  return (
    <div className="tabs" role="tablist" aria-label={text("tabs.label")}>
      {tabs.map((tab) => <TabButton key={tab.id} tab={tab} isActive={tab.id === active} />)}
      <button type="button" className="icon-button" aria-label={text("tabs.new")} title={text("tabs.new")} onClick={() => void perform(ACTIONS.find(({ id }) => id === "new")!)}>+</button>
      <button type="button" className="icon-button" aria-label={text("tabs.all")} title={text("tabs.all")} onClick={() => void perform(ACTIONS.find(({ id }) => id === "tabs")!)}>▾</button>
    </div>
  );
}

function TabButton({ tab, isActive }: { readonly tab: Tab; readonly isActive: boolean }) {
  const text = useText();
  const isDirty = useStore(tab.session.store, (state) => state.document !== state.saved);
  return (
    <span className={`tab${isActive ? " is-active" : ""}`}>
      <button type="button" role="tab" aria-selected={isActive} aria-label={isDirty ? text("tabs.unsaved", { name: tab.name }) : tab.name} onClick={() => workspace.activate(tab.id)}>
        {tab.name}{isDirty && <i aria-hidden> •</i>}
      </button>
      {isActive && <button type="button" className="icon-button" aria-label={text("tabs.close", { name: tab.name })} onClick={() => void perform(ACTIONS.find(({ id }) => id === "closeTab")!)}>×</button>}
    </span>
  );
}
