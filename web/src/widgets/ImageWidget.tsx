import { api, viewUrl } from "../api/client.ts";
import { useText } from "../texts/text.ts";
import { ChoiceWidget } from "./ChoiceWidget.tsx";
import type { WidgetProps } from "./registry.ts";

/** A picture of the input folder: chosen, or uploaded. */
export function ImageWidget(props: WidgetProps) {
  const text = useText();
  const upload = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const { filename, subfolder } = await api.uploadImage(file, file.name);
    props.onChange(subfolder ? `${subfolder}/${filename}` : filename);
  };
  const name = String(props.value ?? "");
  const slash = name.lastIndexOf("/");
  const file = { filename: name.slice(slash + 1), subfolder: slash < 0 ? "" : name.slice(0, slash), type: "input" };
  return (
    <div className="image-widget">
      <ChoiceWidget {...props} spec={{ ...props.spec, choices: [...new Set([...(props.spec.choices ?? []), props.value])] }} />
      <label className="field upload nodrag">
        {text("image.upload")}
        <input type="file" accept="image/*" className="visually-hidden" onChange={(event) => void upload(event.target.files?.[0])} />
      </label>
      {name && <img className="picture" src={viewUrl(file, "webp;80")} alt={name} draggable={false} />}
    </div>
  );
}
