import { Popover } from "radix-ui";
import { useStore } from "zustand";
import { runChoices } from "../state/runChoices.ts";
import { useText } from "../texts/text.ts";

const MOST = 1000;

/** Beside the run button: how many times, and whether every change runs. */
export function RunMenu() {
  const text = useText();
  const { repeat, runsOnChange } = useStore(runChoices);
  return (
    <Popover.Root>
      <Popover.Trigger className="button" aria-label={text("runMenu.label")}>{runsOnChange ? "⟳" : repeat > 1 ? `× ${repeat}` : "▾"}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu run-menu" align="end" sideOffset={4}>
          <label className="setting"><span>{text("runMenu.repeat")}</span>
            <input className="field" type="number" min="1" max={MOST} value={repeat} onChange={(event) => runChoices.setState({ repeat: Math.min(MOST, Math.max(1, Math.round(Number(event.target.value)) || 1)) })} />
          </label>
          <label className="setting"><span>{text("runMenu.onChange")}</span>
            <input type="checkbox" checked={runsOnChange} onChange={(event) => runChoices.setState({ runsOnChange: event.target.checked })} />
          </label>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
