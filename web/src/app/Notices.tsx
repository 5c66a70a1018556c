import { dismiss, useUi } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

export function Notices() {
  const text = useText();
  const notices = useUi((state) => state.notices);
  return (
    <div className="notices" aria-live="polite">
      {notices.map(({ id, kind, message }) => (
        <div key={id} className={`notice is-${kind}`} role={kind === "error" ? "alert" : undefined}>
          <span>{message}</span>
          <button type="button" className="icon-button" aria-label={text("panel.close")} onClick={() => dismiss(id)}>×</button>
        </div>
      ))}
    </div>
  );
}
