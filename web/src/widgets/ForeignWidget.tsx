import { useEffect, useRef } from "react";
import type { Json } from "../core/json.ts";
import { notify } from "../state/editor.ts";
import type { ExtensionWidget, MountedWidget } from "../state/extensions.ts";
import { text } from "../texts/text.ts";

interface ForeignProps {
  readonly widget: ExtensionWidget;
  readonly nodeType: string;
  readonly name: string;
  readonly value: Json;
  onChange(value: Json, gesture?: string): void;
  onBroken(): void;
}

/** A widget that an extension draws. When it throws, it is named and gives way to the usual one. */
export function ForeignWidget({ widget, nodeType, name, value, onChange, onBroken }: ForeignProps) {
  const element = useRef<HTMLDivElement>(null);
  const mounted = useRef<MountedWidget>({});
  const latest = useRef({ value, onChange, onBroken });
  latest.current = { value, onChange, onBroken };

  useEffect(() => {
    const setValue = (next: Json, gesture?: string): void => latest.current.onChange(next, gesture);
    attempt(widget, latest.current.onBroken, () => {
      mounted.current = widget.mount(element.current!, { nodeType, input: name, value: latest.current.value, setValue }) ?? {};
    });
    return () => attempt(widget, () => undefined, () => mounted.current.destroy?.());
  }, [widget, nodeType, name]);
  useEffect(() => attempt(widget, latest.current.onBroken, () => mounted.current.update?.(value)), [widget, value]);

  return <div ref={element} className="foreign-widget nodrag nopan" />;
}

function attempt(widget: ExtensionWidget, fail: () => void, work: () => void): void {
  try {
    work();
  } catch (error) {
    notify(text("extensions.failed", { name: widget.extension, reason: error instanceof Error ? error.message : String(error) }), "error");
    fail();
  }
}
