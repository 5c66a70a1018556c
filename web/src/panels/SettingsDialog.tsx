import { useState } from "react";
import { useStore } from "zustand";
import { ACTIONS } from "../app/actionList.ts";
import { readableShortcut, pressed, shortcutOf } from "../app/shortcuts.ts";
import { DEFAULT_SETTINGS, settings, type Settings } from "../core/settings.ts";
import { notify } from "../state/editor.ts";
import { extensions } from "../state/extensions.ts";
import { useText, type TextKey } from "../texts/text.ts";
import { DialogFrame } from "./DialogFrame.tsx";

/** All settings, the shortcuts, and how the extensions of packs fared. */
export default function SettingsDialog({ part = "general" }: { readonly part?: string }) {
  const text = useText();
  const [shown, setShown] = useState(part);
  return (
    <DialogFrame title={text("settings.title")} className="settings-dialog">
      <div className="panel-tools" role="tablist" aria-label={text("settings.title")}>
        {(["general", "shortcuts", "extensions"] as const).map((name) => (
          <button key={name} type="button" role="tab" className="button" aria-selected={shown === name} onClick={() => setShown(name)}>{text(`settings.${name}`)}</button>
        ))}
      </div>
      {shown === "general" ? <General /> : shown === "shortcuts" ? <Shortcuts /> : <Extensions />}
    </DialogFrame>
  );
}

function General() {
  const text = useText();
  const state = useStore(settings);
  const choice = <Name extends "theme" | "language" | "linkShape">(name: Name, options: readonly Settings[Name][]) => (
    <label className="setting"><span>{text(`settings.${name}`)}</span>
      <select className="field" value={state[name]} onChange={(event) => settings.setState({ [name]: event.target.value } as unknown as Partial<Settings>)}>
        {options.map((option) => <option key={option} value={option}>{text(`settings.${name}.${option}` as TextKey)}</option>)}
      </select>
    </label>
  );
  const flag = (name: "snapToGrid" | "showMinimap" | "isInspectorOpen", label: TextKey) => (
    <label className="setting"><span>{text(label)}</span><input type="checkbox" checked={state[name]} onChange={(event) => settings.setState({ [name]: event.target.checked })} /></label>
  );
  return (
    <div className="settings-list">
      {choice("theme", ["system", "light", "dark"])}
      {choice("language", ["system", "en", "zh"])}
      {choice("linkShape", ["curve", "straight", "step"])}
      {flag("snapToGrid", "action.snap")}
      <label className="setting"><span>{text("settings.gridSize")}</span><input className="field" type="number" min="5" max="100" value={state.gridSize} onChange={(event) => settings.setState({ gridSize: Math.min(100, Math.max(5, Number(event.target.value) || DEFAULT_SETTINGS.gridSize)) })} /></label>
      {flag("showMinimap", "action.minimap")}
      {flag("isInspectorOpen", "action.inspector")}
    </div>
  );
}

function Shortcuts() {
  const text = useText();
  const chosen = useStore(settings, (state) => state.shortcuts);
  const [query, setQuery] = useState("");
  const [recording, setRecording] = useState("");
  const set = (id: string, keys: string | undefined): void => {
    const { [id]: _, ...others } = chosen;
    settings.setState({ shortcuts: keys === undefined ? others : { ...others, [id]: keys } });
  };
  const owners = new Map<string, string[]>();
  for (const action of ACTIONS) {
    const keys = shortcutOf(action);
    if (keys) owners.set(keys, [...(owners.get(keys) ?? []), action.id]);
  }
  return (
    <>
      <input className="field" type="search" aria-label={text("settings.findShortcut")} placeholder={text("settings.findShortcut")} value={query} onChange={(event) => setQuery(event.target.value)} />
      <table className="parameters">
        <thead><tr><th scope="col">{text("settings.command")}</th><th scope="col">{text("settings.keys")}</th><th scope="col"><span className="visually-hidden">{text("settings.reset")}</span></th></tr></thead>
        <tbody>
          {ACTIONS.filter((action) => text(action.label).toLowerCase().includes(query.toLowerCase())).map((action) => {
            const keys = shortcutOf(action);
            const others = (owners.get(keys) ?? []).filter((id) => id !== action.id);
            return (
              <tr key={action.id}>
                <th scope="row">{text(action.label)}</th>
                <td>
                  <button
                    type="button" className="field" aria-label={text("settings.record", { name: text(action.label) })} onClick={() => setRecording(action.id)} onBlur={() => setRecording("")}
                    onKeyDown={(event) => {
                      if (recording !== action.id || ["Control", "Shift", "Alt", "Meta", "Tab"].includes(event.key)) return;
                      event.preventDefault();
                      event.stopPropagation();
                      if (event.key !== "Escape") set(action.id, event.key === "Backspace" && !event.ctrlKey && !event.metaKey ? "" : pressed(event.nativeEvent));
                      setRecording("");
                    }}
                  >
                    {recording === action.id ? text("settings.press") : readableShortcut(keys) || "–"}
                  </button>
                  {others.length > 0 && <small className="is-bad">{text("settings.taken", { names: others.map((id) => text(ACTIONS.find((other) => other.id === id)!.label)).join(", ") })}</small>}
                </td>
                <td>{action.id in chosen && <button type="button" className="button" aria-label={text("settings.resetOne", { name: text(action.label) })} onClick={() => set(action.id, undefined)}>↺</button>}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

/** An extension is loaded or not from the next reload on. */
function Switch({ url, name }: { readonly url: string; readonly name: string }) {
  const text = useText();
  const off = useStore(settings, (state) => state.extensionsOff);
  const toggle = (isOn: boolean): void => {
    settings.setState({ extensionsOff: isOn ? off.filter((other) => other !== url) : [...off, url] });
    notify(text("extensions.reload"));
  };
  return <input type="checkbox" aria-label={text("extensions.load", { name })} title={text("extensions.load", { name })} checked={!off.includes(url)} onChange={(event) => toggle(event.target.checked)} />;
}

function Extensions() {
  const text = useText();
  const { loaded, isSafeMode } = useStore(extensions);
  return (
    <>
      <p>{text(isSafeMode ? "extensions.safe" : "extensions.about")}</p>
      {loaded.length === 0 && <p className="panel-empty">{text("extensions.none")}</p>}
      <ul className="panel-list">
        {loaded.map(({ url, name, state, message, commands }) => (
          <li key={url} className="extension">
            <strong>{name}</strong> <span className={`badge${state === "broken" ? " is-bad" : ""}`}>{text(`extensions.${state}`)}</span>
            {!isSafeMode && <Switch url={url} name={name} />}
            {message && <p className={state === "broken" ? "is-bad" : "muted"}>{message}</p>}
            {commands.map((command) => <button key={command.label} type="button" className="button" onClick={command.perform}>{command.label}</button>)}
          </li>
        ))}
      </ul>
    </>
  );
}
