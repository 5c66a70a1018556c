import { useEffect, useState } from "react";
import { listTemplates, openTemplate, type Template } from "../state/templates.ts";
import { notify } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

/** Example workflows, those of Easel and those that packs bring; each opens in a tab of its own. */
export default function TemplatesPanel() {
  const text = useText();
  const [templates, setTemplates] = useState<readonly Template[]>([]);
  const [query, setQuery] = useState("");
  const fail = (error: Error): void => notify(error.message, "error");
  useEffect(() => void listTemplates().then(setTemplates, fail), []);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = templates.filter(({ title, description, pack }) => words.every((word) => `${title} ${description} ${pack}`.toLowerCase().includes(word)));
  const packs = [...new Set(found.map(({ pack }) => pack))];
  return (
    <>
      <input className="field" type="search" aria-label={text("templates.search")} placeholder={text("templates.search")} value={query} onChange={(event) => setQuery(event.target.value)} />
      {found.length === 0 && templates.length > 0 && <p className="panel-empty">{text("templates.none")}</p>}
      {packs.map((pack) => (
        <section key={pack} aria-label={pack || text("app.name")}>
          <h3 className="templates-pack">{pack || text("app.name")}</h3>
          <ul className="templates-grid">
            {found.filter((template) => template.pack === pack).map((template) => (
              <li key={template.name}>
                <button type="button" className="template-card" title={template.description} aria-label={text("template.open", { name: template.title })} onClick={() => openTemplate(template.name, pack).catch(fail)}>
                  <strong>{template.title}</strong>
                  {template.description && <p>{template.description}</p>}
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
