/** Widgets: the controls of a node's inputs, by kind. */
import type { ComponentType } from "react";
import type { WidgetSpec } from "../core/catalog.ts";
import type { SheetId } from "../core/document.ts";
import type { Json } from "../core/json.ts";

export interface WidgetProps {
  /** The input's name, which is also the name of its value; `label` is what people read. */
  readonly name: string;
  readonly label: string;
  readonly spec: WidgetSpec;
  readonly value: Json;
  /** All values of the node, such as `seed:control` beside `seed`. */
  readonly values: { readonly [name: string]: Json };
  readonly sheet: SheetId;
  readonly node: string;
  readonly nodeType: string;
  /** Where it stands: a node card is narrow, the inspector and the form have room for help. */
  readonly place: "node" | "inspector" | "form";
  /** Change the value. Changes of one gesture (a drag, a field being typed in) are undone together. */
  onChange(value: Json, gesture?: string): void;
  /** Change another value of the same node. */
  onChangeOther(name: string, value: Json, gesture?: string): void;
}

export type Widget = ComponentType<WidgetProps>;

const widgets = new Map<string, Widget>();

export function registerWidget(kind: string, widget: Widget): void {
  widgets.set(kind, widget);
}

/** The widget of a kind; kinds that nobody registered are edited as text. */
export function widgetOf(kind: string): Widget {
  return widgets.get(kind) ?? widgets.get("text")!;
}
