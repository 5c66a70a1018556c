import { NodeToolbar, Position, useStore as useFlow } from "@xyflow/react";
import { type HTMLAttributes, useLayoutEffect, useRef } from "react";
import { setColor } from "../core/commands/nodes.ts";
import { changeFrame } from "../core/commands/nodes.ts";
import { selectedNodes, splitId } from "../core/session.ts";
import { useSession, useTab } from "../state/editor.ts";
import { type TextKey, useText } from "../texts/text.ts";
import { ACTIONS } from "./actionList.ts";
import { perform, readableShortcut, shortcutOf } from "./shortcuts.ts";

const ONE = ["runSelected", "bypass", "mute", "collapse", "makeSubgraph", "enter", "delete"];
const SEVERAL = ["runSelected", "bypass", "arrange", "frame", "makeSubgraph", "delete"];

/** Title and body colours that people can give to nodes: dark ones, on which the light text can be read, also in light. */
const COLORS: readonly (readonly [name: TextKey, head: string | undefined, body: string | undefined])[] = [
  ["color.none", undefined, undefined], ["color.red", "#7a2e2e", "#4a2222"], ["color.orange", "#7a5320", "#4a3519"],
  ["color.green", "#2f6b3a", "#20432a"], ["color.teal", "#1f666b", "#1a4144"], ["color.blue", "#2c4f8a", "#223759"], ["color.purple", "#5b3a86", "#3b2a58"],
];

/** What can be done with the selection, just above it. */
export function SelectionBar() {
  const text = useText();
  const { session } = useTab();
  const ids = useSession((state) => [...state.selection].filter((id) => !id.startsWith("link:")).join("\n")).split("\n").filter(Boolean);
  const cards = useSession((state) => selectedNodes(state).length);
  if (ids.length === 0) return null;
  const actions = (cards > 1 ? SEVERAL : ONE).flatMap((id) => ACTIONS.filter((action) => action.id === id && action.isEnabled?.() !== false));
  const paint = (head: string | undefined, body: string | undefined): void =>
    session.perform("Colour", (edit) => {
      setColor(edit, session.sheet.id, selectedNodes(session.state), head, body);
      for (const id of ids) if (splitId(id)[0] === "frame") changeFrame(edit, session.sheet.id, splitId(id)[1], { color: head });
    });
  return (
    <NodeToolbar nodeId={ids} isVisible position={Position.Top} className="selection-place">
      <Inside className="selection-bar" role="toolbar" aria-label={text("bar.label")}>
      {COLORS.map(([name, head, body]) => (
        <button key={name} type="button" aria-label={text(name)} title={text(name)} onClick={() => paint(head, body)}>
          <span className="swatch" style={{ background: head ?? "transparent", display: "block" }} />
        </button>
      ))}
      {actions.map((action) => (
        <button key={action.id} type="button" title={readableShortcut(shortcutOf(action))} onClick={() => void perform(action)}>{text(action.label)}</button>
      ))}
      </Inside>
    </NodeToolbar>
  );
}

const MARGIN_PX = 6;

/** Moved aside where it would reach beyond the canvas. */
function Inside(props: HTMLAttributes<HTMLDivElement>) {
  const bar = useRef<HTMLDivElement>(null);
  const transform = useFlow((state) => state.transform);
  useLayoutEffect(() => {
    const element = bar.current!;
    const area = element.closest(".canvas")?.getBoundingClientRect();
    element.style.translate = "";
    if (!area) return;
    element.style.maxWidth = `${area.width - 2 * MARGIN_PX}px`;
    const { left, right, top } = element.getBoundingClientRect();
    const across = left < area.left + MARGIN_PX ? area.left + MARGIN_PX - left : Math.min(0, area.right - MARGIN_PX - right);
    element.style.translate = `${across}px ${Math.max(0, area.top + MARGIN_PX - top)}px`;
  }, [transform, props.children]);
  return <div ref={bar} {...props} />;
}
