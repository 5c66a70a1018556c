import { useMemo } from "react";
import type { NodeType } from "../core/catalog.ts";
import { inEnglish } from "../core/chinese.ts";
import { addLink, firstFitting, firstGiving } from "../core/commands/links.ts";
import { addNode, NODE_WIDTH, VIRTUAL_TYPES } from "../core/commands/nodes.ts";
import { indexTypes, search, weightOf } from "../core/search.ts";
import { fits } from "../core/sockets.ts";
import { socketColor } from "../canvas/colors.ts";
import { type PaletteState, ui, useTab, useUi, useWorkspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { Said } from "../widgets/Said.tsx";
import { PickList } from "./PickList.tsx";

const recents: string[] = [];
const NEXT_BELOW = 160;

/** The palette that adds a node where it was asked for; opened by a loose link end, it offers what fits and links it. */
export function NodePalette() {
  const palette = useUi((state) => state.palette);
  return palette && <OpenPalette palette={palette} />;
}

function OpenPalette({ palette }: { readonly palette: PaletteState }) {
  const text = useText();
  const { session } = useTab();
  const catalog = useWorkspace((state) => state.catalog);
  const { from, pos } = palette;
  const index = useMemo(() => indexTypes(withVirtual(catalog)).filter(({ item }) => !from || takes(item, from)), [catalog, from]);
  const add = (type: NodeType, isMore: boolean): void => {
    // The next one goes below, where it hides neither this one nor the end of the link.
    if (isMore) ui.setState({ palette: { ...palette, pos: [pos[0], pos[1] + NEXT_BELOW] } });
    recents.unshift(...recents.splice(0).filter((name) => name !== type.name).slice(0, 9));
    recents.unshift(type.name);
    session.perform("Add a node", (edit) => {
      const sheet = session.sheet.id;
      const place = from?.side === "in" ? ([pos[0] - NODE_WIDTH, pos[1]] as const) : pos;
      const id = addNode(edit, sheet, type.name, [Math.round(place[0]), Math.round(place[1])], catalog);
      const made = edit.document.sheets[sheet]!;
      if (from?.side === "out") {
        const to = firstFitting(made, catalog, from.end, id);
        if (to) addLink(edit, sheet, from.end, to, catalog);
      } else if (from) {
        const giver = firstGiving(made, catalog, from.end, id);
        if (giver) addLink(edit, sheet, giver, from.end, catalog);
      }
      queueMicrotask(() => session.select(isMore ? [...session.state.selection, id] : [id]));
    });
  };
  return (
    <PickList<NodeType>
      label={text("palette.label")} placeholder={text("palette.placeholder")} none={(query) => text("palette.none", { query })}
      find={(query) => search(index, inEnglish(query), 60, (type) => preference(type) + (from && isMadeFor(type, from) ? 0.1 : 0))}
      keyOf={({ name }) => name} takesMore pick={add} close={() => ui.setState({ palette: null })}
      show={(type) => (<><span>{type.title}</span><small>{type.category}</small></>)}
      preview={(type) => <Preview type={type} />}
    />
  );
}

/** What was just used comes before the rest. */
function preference(type: NodeType): number {
  const used = recents.indexOf(type.name);
  return weightOf(type) + (used >= 0 ? 0.3 - 0.01 * used : 0);
}

function Preview({ type }: { readonly type: NodeType }) {
  const text = useText();
  const row = (name: string, socket: string, i: number) => <li key={i}><i style={{ background: socketColor(socket) }} />{name}<small>{socket}</small></li>;
  return (
    <>
      <h3>{type.title}</h3>
      <p><Said words={type.description} /></p>
      {type.inputs.length > 0 && <><h4>{text("palette.inputs")}</h4><ul>{type.inputs.map(({ name, type, growth }, i) => row(name, growth?.type ?? type, i))}</ul></>}
      {type.outputs.length > 0 && <><h4>{text("palette.outputs")}</h4><ul>{type.outputs.map(({ name, type }, i) => row(name, type, i))}</ul></>}
    </>
  );
}

function takes(type: NodeType, from: NonNullable<PaletteState["from"]>): boolean {
  if (type.name === "Reroute") return true;
  return from.side === "out" ? type.inputs.some(({ type: taken, growth }) => fits(from.type, growth?.type ?? taken)) : type.outputs.some((output) => fits(output.type, from.type));
}

/** Whether the node is there for what the link carries, rather than having a place for it too. */
function isMadeFor(type: NodeType, { side, type: carried }: NonNullable<PaletteState["from"]>): boolean {
  return side === "out" ? type.inputs.some((input) => !input.isOptional && input.type === carried) : type.outputs[0]?.type === carried;
}

/** With the types that only the editor knows, where the server does not declare them. */
function withVirtual(catalog: ReadonlyMap<string, NodeType>): ReadonlyMap<string, NodeType> {
  const own = VIRTUAL_TYPES.filter((name) => !catalog.has(name)).map((name): [string, NodeType] => [
    name,
    { name, title: name, category: "easel", description: "", aliases: [], inputs: [], outputs: [], isOutput: false, isDeprecated: false, isExperimental: false, pack: "" },
  ]);
  return new Map([...catalog, ...own]);
}
