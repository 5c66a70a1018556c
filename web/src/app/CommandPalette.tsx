import { search } from "../core/search.ts";
import { ui, useUi } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { ACTIONS } from "./actionList.ts";
import { PickList } from "./PickList.tsx";
import { perform, readableShortcut, shortcutOf } from "./shortcuts.ts";

/** Every action by name. */
export function CommandPalette() {
  const text = useText();
  const isOpen = useUi((state) => state.isCommandPaletteOpen);
  if (!isOpen) return null;
  const enabled = ACTIONS.filter((action) => action.isEnabled?.() !== false);
  const index = enabled.map((action) => ({ item: action, fields: [[text(action.label).toLowerCase(), 1], [action.id.toLowerCase(), 0.6]] as const }));
  return (
    <PickList
      label={text("action.commands")} placeholder={text("commands.placeholder")} none={(query) => text("commands.none", { query })}
      find={(query) => search(index, query)} keyOf={({ id }) => id} pick={(action) => void perform(action)}
      close={() => ui.setState({ isCommandPaletteOpen: false })}
      show={(action) => (<><span>{text(action.label)}</span><small>{readableShortcut(shortcutOf(action))}</small></>)}
    />
  );
}
