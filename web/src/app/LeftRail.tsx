import { Suspense, useEffect, useRef } from "react";
import { useStore } from "zustand";
import { settings } from "../core/settings.ts";
import { panelsAt } from "../panels/registry.ts";
import { useText } from "../texts/text.ts";

export function LeftRail() {
  const text = useText();
  const { leftPanel, leftWidth } = useStore(settings);
  const open = panelsAt("left").find(({ id }) => id === leftPanel);
  const Panel = open?.component;
  const section = useRef<HTMLElement>(null);
  // Opened by a command, the panel is where the next Tab goes on from.
  useEffect(() => {
    if (document.activeElement === document.body) section.current?.focus({ preventScroll: true });
  }, [leftPanel]);
  return (
    <div className="left">
      <nav className="rail" aria-label={text("rail.label")}>
        {panelsAt("left").map(({ id, title, icon }) => (
          <button key={id} type="button" className="rail-button" aria-pressed={id === leftPanel} aria-label={text(title)} title={text(title)} onClick={() => settings.setState({ leftPanel: id === leftPanel ? "" : id })}>
            <svg viewBox="0 0 24 24" aria-hidden><path d={icon} /></svg>
          </button>
        ))}
      </nav>
      {open && Panel && (
        <section ref={section} tabIndex={-1} className="side-panel" style={{ width: leftWidth }} aria-label={text(open.title)}>
          <h2>{text(open.title)}</h2>
          <Suspense><Panel /></Suspense>
        </section>
      )}
    </div>
  );
}
