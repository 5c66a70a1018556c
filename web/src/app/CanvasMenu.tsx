import { ContextMenu } from "radix-ui";
import { type ReactNode, useRef, useState } from "react";
import { farNodeAt } from "../canvas/Overview.tsx";
import { promotedAs, promoteWidget, removeBoundarySlot } from "../core/commands/subgraphs.ts";
import { type Point, ROOT, linkInto } from "../core/document.ts";
import { currentSession, workspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import type { Action } from "./action.ts";
import { ACTIONS } from "./actionList.ts";
import { isTextField, perform, readableShortcut, shortcutOf } from "./shortcuts.ts";

/** Stands for a menu of its own with all that puts nodes in order. */
const LAYOUT = ">layout";
const FOR_NODES = ["runSelected", "", "rename", "mute", "bypass", "collapse", "pin", "", "makeSubgraph", "enter", "unpack", "makeUnique", "frame", LAYOUT, "", "copy", "cut", "duplicate", "", "deleteHeal", "delete"];
const FOR_CANVAS = ["addNode", "", "paste", "pasteLinked", "selectAll", "", "arrange", "fit", "snap", "minimap", "", "undo", "redo"];

/** The menu of the right button: for what it was opened on. Pressing long does the same on touch screens. */
export function CanvasMenu({ children }: { readonly children: ReactNode }) {
  const text = useText();
  const [ids, setIds] = useState<readonly string[]>([]);
  const [widget, setWidget] = useState<InnerWidget | null>(null);
  const [isAbove, setAbove] = useState(false);
  const isWriting = useRef(false);
  const pressed = useRef<Pressed | null>(null);
  const press = ({ target, clientX, clientY }: React.MouseEvent): void => {
    pressed.current = { target: target as Element, place: [clientX, clientY] };
  };
  const open = ({ target, place }: Pressed): void => {
    const session = currentSession();
    const node = target.closest<HTMLElement>(".react-flow__node")?.dataset.id ?? farNodeAt.current?.(place) ?? undefined;
    const link = target.closest<HTMLElement>(".react-flow__edge")?.dataset.id;
    if (node !== undefined && !session.state.selection.has(node)) session.select([node]);
    if (link !== undefined) session.select([`link:${link}`]);
    setWidget(innerWidget(node, target.closest<HTMLElement>("[data-input]")?.dataset.input));
    const isOnSelection = node !== undefined || target.closest(".react-flow__nodesselection") !== null;
    setAbove(place[1] > window.innerHeight / 2);
    setIds(link !== undefined ? ["delete"] : isOnSelection ? FOR_NODES : FOR_CANVAS);
  };
  const item = (action: Action): ReactNode => (
    <ContextMenu.Item key={action.id} className="menu-item" onSelect={() => void perform(action)}>
      <span>{action.isChecked?.() ? "✓ " : ""}{text(action.label)}</span>
      <span className="menu-key">{readableShortcut(shortcutOf(action))}</span>
    </ContextMenu.Item>
  );
  const entry = (id: string, i: number): ReactNode => {
    if (id === "") return <ContextMenu.Separator key={i} className="menu-line" />;
    const actions = ACTIONS.filter((action) => (id === LAYOUT ? action.group === "layout" : action.id === id) && action.isEnabled?.() !== false);
    if (id !== LAYOUT) return actions.map(item);
    return actions.length > 1 && (
      <ContextMenu.Sub key={id}>
        <ContextMenu.SubTrigger className="menu-item">{text("menu.layout")}<span className="menu-key">›</span></ContextMenu.SubTrigger>
        <ContextMenu.Portal><ContextMenu.SubContent className="menu" sideOffset={2}>{actions.map(item)}</ContextMenu.SubContent></ContextMenu.Portal>
      </ContextMenu.Sub>
    );
  };
  return (
    // A long press of a finger opens it too, on some devices without an event of a menu.
    <ContextMenu.Root modal={false} onOpenChange={(isOpen) => { if (isOpen && pressed.current) open(pressed.current); }}>
      <ContextMenu.Trigger asChild>
        <div
          className="canvas"
          onPointerDownCapture={(event) => {
            press(event);
            isWriting.current = isWritten(event.target as Element);
          }}
          onContextMenuCapture={(event) => {
            press(event);
            if (isWriting.current) event.stopPropagation();
          }}
        >
          {children}
        </div>
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className={`menu canvas-menu${isAbove ? " is-above" : ""}`} onCloseAutoFocus={(event) => event.preventDefault()}>
          {widget && <ContextMenu.Item className="menu-item" onSelect={() => toggleOutside(widget)}><span>{widget.shownAs === null ? "" : "✓ "}{text("menu.showOutside", { name: widget.input })}</span></ContextMenu.Item>}
          {widget && <ContextMenu.Separator className="menu-line" />}
          {ids.map(entry)}
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

interface Pressed {
  readonly target: Element;
  readonly place: Point;
}

/** Whether someone writes in it, so that the right button is the browser's, which can paste there and spell. */
function isWritten(target: Element): boolean {
  const { activeElement } = document;
  return isTextField(activeElement) && activeElement!.contains(target);
}

/** A widget of a node inside a subgraph, and the subgraph's input that shows it outside, if one does. */
interface InnerWidget {
  readonly node: string;
  readonly input: string;
  readonly shownAs: string | null;
}

function innerWidget(node: string | undefined, input: string | undefined): InnerWidget | null {
  const { sheet } = currentSession();
  if (node === undefined || input === undefined || sheet.id === ROOT) return null;
  const shownAs = promotedAs(sheet, node, input, workspace.catalog);
  return shownAs === null && linkInto(sheet, node, input) ? null : { node, input, shownAs };
}

function toggleOutside({ node, input, shownAs }: InnerWidget): void {
  const session = currentSession();
  session.perform(shownAs === null ? `Show ${input} outside` : `Show ${input} inside only`, (edit) => {
    if (shownAs === null) promoteWidget(edit, session.sheet.id, node, input, workspace.catalog);
    else removeBoundarySlot(edit, session.sheet.id, "inputs", shownAs);
  });
}
