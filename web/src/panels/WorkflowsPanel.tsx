import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { api } from "../api/client.ts";
import { openDialog } from "../state/dialogs.ts";
import { notify } from "../state/editor.ts";
import { openSaved, savedChanges } from "../state/saved.ts";
import { useText } from "../texts/text.ts";

/** Workflows that were saved on the server. */
export default function WorkflowsPanel() {
  const text = useText();
  const count = useStore(savedChanges, (state) => state.count);
  const [files, setFiles] = useState<readonly { path: string; modified: number }[]>([]);
  const [query, setQuery] = useState("");
  const fail = (error: Error): void => notify(error.message, "error");
  useEffect(() => void api.listUserFiles("workflows").then(setFiles, fail), [count]);
  const found = files.filter(({ path }) => path.endsWith(".json") && !path.startsWith(".") && path.toLowerCase().includes(query.toLowerCase())).sort((a, b) => b.modified - a.modified);
  const remove = (path: string): void => openDialog({
    name: "confirm", title: text("workflows.delete"), message: text("workflows.deleteSure", { name: path }), action: text("workflows.delete"),
    take: () => void api.deleteUserFile(`workflows/${path}`).then(() => savedChanges.setState(({ count: old }) => ({ count: old + 1 })), fail),
  });
  return (
    <>
      <input className="field" type="search" aria-label={text("workflows.search")} placeholder={text("workflows.search")} value={query} onChange={(event) => setQuery(event.target.value)} />
      {found.length === 0 && <p className="panel-empty">{text("workflows.none")}</p>}
      <ul className="panel-list">
        {found.map(({ path, modified }) => (
          <li key={path} className="job">
            <button type="button" className="row" onClick={() => void openSaved(path).catch(fail)}>
              <span>{path.replace(/\.json$/, "")}</span><small>{new Date(modified * 1000).toLocaleDateString()}</small>
            </button>
            <button type="button" className="icon-button" aria-label={`${text("workflows.delete")}: ${path}`} onClick={() => remove(path)}>×</button>
          </li>
        ))}
      </ul>
    </>
  );
}
