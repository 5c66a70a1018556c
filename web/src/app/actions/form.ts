import { view } from "../../state/view.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "form", label: "action.form", group: "view", shortcut: "mod+shift+f", isGlobal: true, order: 10,
  isChecked: () => view.getState().isForm,
  perform: () => view.setState(({ isForm }) => ({ isForm: !isForm })),
};
