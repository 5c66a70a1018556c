import type { Action } from "../action.ts";

const AREAS = [".top", ".rail", ".side-panel", ".centre > :first-child", ".drawer", ".right", ".status"];
const CONTROLS = "button:enabled, input:enabled, select:enabled, textarea:enabled, a[href], [tabindex='0']";

/** Moves the focus on to the first control of the next area of the screen, from the last one to the first. */
export const action: Action = {
  id: "nextArea", label: "action.nextArea", group: "view", shortcut: "F6", order: 30, isGlobal: true,
  perform: () => {
    const areas = AREAS.flatMap((area) => [...document.querySelectorAll(area)]);
    const at = areas.findIndex((area) => area.contains(document.activeElement));
    for (let i = 1; i <= areas.length; i += 1) {
      const control = [...areas[(at + i) % areas.length]!.querySelectorAll<HTMLElement>(CONTROLS)].find((candidate) => candidate.checkVisibility());
      if (control) return control.focus();
    }
  },
};
