import { useEffect, useRef } from "react";
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
    <div className="tabs">
      <div className="tab-list" role="tablist" aria-label={text("tabs.label")}>
        {tabs.map((tab) => <TabButton key={tab.id} tab={tab} isActive={tab.id === active} />)}
      </div>
      <button type="button" className="icon-button" aria-label={text("tabs.new")} title={text("tabs.new")} onClick={() => void perform(ACTIONS.find(({ id }) => id === "new")!)}>+</button>
      <button type="button" className="icon-button" aria-label={text("tabs.all")} title={text("tabs.all")} onClick={() => void perform(ACTIONS.find(({ id }) => id === "tabs")!)}>▾</button>
    </div>
  );
}

function TabButton({ tab, isActive }: { readonly tab: Tab; readonly isActive: boolean }) {
  const text = useText();
  const isDirty = useStore(tab.session.store, (state) => state.document !== state.saved);
  const shown = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (isActive) shown.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [isActive]);
  return (
    <span ref={shown} className={`tab${isActive ? " is-active" : ""}`} role="presentation">
      <button type="button" role="tab" aria-selected={isActive} aria-label={isDirty ? text("tabs.unsaved", { name: tab.name }) : tab.name} onClick={() => workspace.activate(tab.id)}>
        {tab.name}{isDirty && <i aria-hidden> •</i>}
      </button>
      {/* A tab list may hold tabs only; with the keyboard, Alt+W closes. */}
      {isActive && <button type="button" className="icon-button tab-close" aria-hidden tabIndex={-1} title={text("tabs.close", { name: tab.name })} onClick={() => void perform(ACTIONS.find(({ id }) => id === "closeTab")!)}>×</button>}
    </span>
  );
}
