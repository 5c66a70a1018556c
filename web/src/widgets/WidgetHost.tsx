import { Component, type ReactNode, useState } from "react";
import { useStore } from "zustand";
import type { InputType } from "../core/catalog.ts";
import { dropLinks } from "../core/commands/links.ts";
import { setValue } from "../core/commands/nodes.ts";
import type { Node, SheetId } from "../core/document.ts";
import type { Json } from "../core/json.ts";
import { useTab } from "../state/editor.ts";
import { type ExtensionWidget, extensions, widgetFor } from "../state/extensions.ts";
import { ForeignWidget } from "./ForeignWidget.tsx";
import { widgetOf } from "./registry.ts";

interface HostProps {
  readonly node: Node;
  readonly sheet: SheetId;
  readonly input: InputType;
  readonly label: string;
  readonly place: "node" | "inspector" | "form";
}

/** The widget of an input, bound to the document by commands. A widget that breaks shows its error, nothing else breaks. */
export function WidgetHost({ node, sheet, input, label, place }: HostProps) {
  const { session } = useTab();
  const Widget = widgetOf(input.widget!.kind);
  const change = (name: string, value: Parameters<typeof setValue>[4], gesture?: string): void =>
    session.perform(`Change ${name}`, (edit) => {
      setValue(edit, sheet, node.id, name, value);
      if (input.variants && name === input.name) dropLinks(edit, sheet, ({ to }) => to.node === node.id && isGone(input, value, to.slot));
    }, gesture);
  const value = node.values[input.name] ?? input.widget!.default;
  const foreign = useStore(extensions, (state) => widgetFor(state, node.type, input.name));
  const [broken, setBroken] = useState<ExtensionWidget>();
  if (foreign && foreign !== broken)
    return <ForeignWidget widget={foreign} nodeType={node.type} name={input.name} value={value} onChange={(next, gesture) => change(input.name, next, gesture && `${node.id} ${input.name} ${gesture}`)} onBroken={() => setBroken(foreign)} />;
  return (
    <Guard>
      <Widget
        name={input.name} label={label} spec={input.widget!} value={value}
        values={node.values} sheet={sheet} node={node.id} nodeType={node.type} place={place}
        onChange={(value, gesture) => change(input.name, value, gesture)} onChangeOther={change}
      />
    </Guard>
  );
}

/** Whether a slot belonged to what was chosen before: `mode.width`, where the new choice brings no width. */
function isGone({ name, variants }: InputType, value: Json, slot: string): boolean {
  const brought = (list: readonly InputType[]): boolean =>
    list.some((child) => child.name === slot || child.growth?.names.includes(slot) || Object.values(child.variants ?? {}).some(brought));
  return slot.startsWith(`${name}.`) && !brought(variants?.[String(value)] ?? []);
}

class Guard extends Component<{ readonly children: ReactNode }, { readonly error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const error = this.state.error as Error | null;
    return error ? <div className="widget-error" role="alert">{error.message}</div> : this.props.children;
  }
}
