import { useEffect, useState } from "react";
import { type Template, listTemplates, openTemplate } from "../state/templates.ts";
import { notify } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

/** Example workflows, to be opened in a tab of their own. */
export default function TemplatesPanel() {
  const text = useText();
  const [templates, setTemplates] = useState<readonly Template[]>([]);
  useEffect(() => {
    listTemplates().then(setTemplates, (error: Error) => notify(error.message, "error"));
  }, []);
  return (
    <ul className="panel-list">
      {templates.map(({ name, title, description }) => (
        <li key={name}>
          <button type="button" className="row" title={description} aria-label={text("template.open", { name: title })} onClick={() => openTemplate(name).catch((error: Error) => notify(error.message, "error"))}>
            {title}
          </button>
        </li>
      ))}
    </ul>
  );
}
