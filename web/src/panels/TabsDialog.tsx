import { PickList } from "../app/PickList.tsx";
import type { Tab } from "../core/workspace.ts";
import { closeDialog } from "../state/dialogs.ts";
import { useWorkspace, workspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

/** All open workflows by name. */
export default function TabsDialog() {
  const text = useText();
  const tabs = useWorkspace((state) => state.tabs);
  return (
    <PickList<Tab>
      label={text("tabs.all")} placeholder={text("tabs.search")} none={(query) => text("tabs.noneFound", { query })}
      find={(query) => tabs.filter(({ name }) => name.toLowerCase().includes(query.toLowerCase()))}
      keyOf={({ id }) => id} pick={({ id }) => workspace.activate(id)} close={closeDialog}
      show={({ name, session }) => (<><span>{name}</span><small>{text("status.nodes", { count: Object.keys(session.document.sheets.root!.nodes).length })}</small></>)}
    />
  );
}
