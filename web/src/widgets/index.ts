/** Registers the widgets that come with the editor. */
import { ChoiceWidget } from "./ChoiceWidget.tsx";
import { ImageWidget } from "./ImageWidget.tsx";
import { NumberWidget } from "./NumberWidget.tsx";
import { registerWidget } from "./registry.ts";
import { SeedWidget } from "./SeedWidget.tsx";
import { TextWidget } from "./TextWidget.tsx";
import { ToggleWidget } from "./ToggleWidget.tsx";

registerWidget("number", NumberWidget);
registerWidget("seed", SeedWidget);
registerWidget("text", TextWidget);
registerWidget("choice", ChoiceWidget);
registerWidget("toggle", ToggleWidget);
registerWidget("image", ImageWidget);
