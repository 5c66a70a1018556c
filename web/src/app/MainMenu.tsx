import { DropdownMenu } from "radix-ui";
import { useText } from "../texts/text.ts";
import type { ActionGroup } from "./action.ts";
import { ACTIONS } from "./actionList.ts";
import { perform, readableShortcut, shortcutOf } from "./shortcuts.ts";

const GROUPS: readonly ActionGroup[] = ["file", "edit", "node", "subgraph", "layout", "view", "run"];

/** All actions by subject. */
export function MainMenu() {
  const text = useText();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="icon-button logo" aria-label={text("menu.main")}>
        <img src="./icon.svg" alt="" width="22" height="22" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4}>
          {GROUPS.map((group) => (
            <DropdownMenu.Sub key={group}>
              <DropdownMenu.SubTrigger className="menu-item">{text(`menu.${group}`)}<span className="menu-key">›</span></DropdownMenu.SubTrigger>
              <DropdownMenu.Portal>
                <DropdownMenu.SubContent className="menu" sideOffset={2}>
                  {ACTIONS.filter((action) => action.group === group).map((action) => (
                    <DropdownMenu.Item key={action.id} className="menu-item" disabled={action.isEnabled?.() === false} onSelect={() => void perform(action)}>
                      <span>{action.isChecked?.() ? "✓ " : ""}{text(action.label)}</span>
                      <span className="menu-key">{readableShortcut(shortcutOf(action))}</span>
                    </DropdownMenu.Item>
                  ))}
                </DropdownMenu.SubContent>
              </DropdownMenu.Portal>
            </DropdownMenu.Sub>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
