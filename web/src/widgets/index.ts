/** Registers the widgets that come with the editor. */
import { BoxWidget } from "./BoxWidget.tsx";
import { ChoicesWidget } from "./ChoicesWidget.tsx";
import { ChoiceWidget } from "./ChoiceWidget.tsx";
import { ColorWidget } from "./ColorWidget.tsx";
import { FileWidget } from "./FileWidget.tsx";
import { NumberWidget } from "./NumberWidget.tsx";
import { registerWidget } from "./registry.ts";
import { SeedWidget } from "./SeedWidget.tsx";
import { SliderWidget } from "./SliderWidget.tsx";
import { TextWidget } from "./TextWidget.tsx";
import { ToggleWidget } from "./ToggleWidget.tsx";

registerWidget("number", NumberWidget);
registerWidget("slider", SliderWidget);
registerWidget("seed", SeedWidget);
registerWidget("text", TextWidget);
registerWidget("choice", ChoiceWidget);
registerWidget("choices", ChoicesWidget);
registerWidget("toggle", ToggleWidget);
registerWidget("color", ColorWidget);
registerWidget("box", BoxWidget);
registerWidget("image", FileWidget);
registerWidget("file", FileWidget);
