import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { openDialog } from "../state/dialogs.ts";
import { notify, useTab } from "../state/editor.ts";
import { deleteVersion, keepVersion, listVersions, readVersion, restoreVersion, type Version, versionChanges } from "../state/versions.ts";
import { useText } from "../texts/text.ts";

/** Earlier states of the workflow: what changed since, and bringing one back. */
export default function VersionsPanel() {
  const text = useText();
  const { session } = useTab();
  const count = useStore(versionChanges, (state) => state.count);
  const [versions, setVersions] = useState<readonly Version[]>([]);
  const fail = (error: Error): void => notify(error.message, "error");
  useEffect(() => void listVersions(session.document).then(setVersions, fail), [session, count]);
  const keep = (): void => openDialog({ name: "name", title: text("versions.keep"), value: text("versions.mine"), take: (label) => void keepVersion(session.document, "kept", label).catch(fail) });
  const nameOf = (version: Version): string => version.label || text(`versions.${version.why}`);
  const show = async (version: Version): Promise<void> => {
    const before = await readVersion(session.document, version);
    openDialog({ name: "difference", title: `${nameOf(version)} · ${new Date(version.atMs).toLocaleString()}`, before, after: session.document, restore: () => restoreVersion(before, text("versions.restore")) });
  };
  return (
    <>
      <div className="panel-tools"><button type="button" className="button" onClick={keep}>{text("versions.keep")}</button></div>
      {versions.length === 0 && <p className="panel-empty">{text("versions.none")}</p>}
      <ul className="panel-list">
        {versions.map((version) => (
          <li key={version.path} className="job">
            <button type="button" className="row" onClick={() => void show(version).catch(fail)}>
              <span>{nameOf(version)}</span>
              <small>{new Date(version.atMs).toLocaleString()}</small>
            </button>
            <button type="button" className="icon-button" aria-label={text("versions.delete", { name: nameOf(version) })} onClick={() => void deleteVersion(session.document, version).catch(fail)}>×</button>
          </li>
        ))}
      </ul>
    </>
  );
}
