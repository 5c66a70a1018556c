import { Suspense } from "react";
import { useStore } from "zustand";
import { settings } from "../core/settings.ts";
import { panelsAt } from "../panels/registry.ts";
import { useText } from "../texts/text.ts";

export function BottomDrawer() {
  const text = useText();
  const { bottomPanel, bottomHeight } = useStore(settings);
  const open = panelsAt("bottom").find(({ id }) => id === bottomPanel);
  if (!open) return null;
  const Panel = open.component;
  return (
    <section className="drawer" style={{ height: bottomHeight }} aria-label={text(open.title)}>
      <div className="drawer-head">
        <div className="drawer-tabs" role="tablist" aria-label={text("rail.label")}>
          {panelsAt("bottom").map(({ id, title }) => (
            <button key={id} type="button" role="tab" aria-selected={id === bottomPanel} onClick={() => settings.setState({ bottomPanel: id })}>{text(title)}</button>
          ))}
        </div>
        <span className="grow" />
        <button type="button" className="icon-button" aria-label={text("panel.close")} onClick={() => settings.setState({ bottomPanel: "" })}>×</button>
      </div>
      <div className="drawer-body"><Suspense><Panel /></Suspense></div>
    </section>
  );
}
