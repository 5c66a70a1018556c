import { search } from "../core/search.ts";
import { ui, useUi } from "../state/editor.ts";
import { extensions } from "../state/extensions.ts";
import { useText } from "../texts/text.ts";
import { ACTIONS } from "./actionList.ts";
import { PickList } from "./PickList.tsx";
import { perform, readableShortcut, shortcutOf } from "./shortcuts.ts";

interface Command {
  readonly id: string;
  readonly label: string;
  /** Its shortcut, or the extension that it comes from. */
  readonly note: string;
  perform(): void;
}

/** Every action by name, and the commands of extensions. */
export function CommandPalette() {
  const text = useText();
  const isOpen = useUi((state) => state.isCommandPaletteOpen);
  if (!isOpen) return null;
  const own = ACTIONS.filter((action) => action.isEnabled?.() !== false).map((action): Command => ({
    id: action.id, label: text(action.label), note: readableShortcut(shortcutOf(action)), perform: () => void perform(action),
  }));
  const added = extensions.getState().loaded.flatMap(({ name, commands }) => commands.map((command): Command => ({
    id: `${name}: ${command.label}`, label: command.label, note: name, perform: command.perform,
  })));
  const index = [...own, ...added].map((command) => ({ item: command, fields: [[command.label.toLowerCase(), 1], [command.id.toLowerCase(), 0.6]] as const }));
  return (
    <PickList
      label={text("action.commands")} placeholder={text("commands.placeholder")} none={(query) => text("commands.none", { query })}
      find={(query) => search(index, query)} keyOf={({ id }) => id} pick={(command) => command.perform()}
      close={() => ui.setState({ isCommandPaletteOpen: false })}
      show={({ label, note }) => (<><span>{label}</span><small>{note}</small></>)}
    />
  );
}
