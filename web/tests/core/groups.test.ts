import { expect, test } from "vitest";
import { type Catalog, readCatalog } from "../../src/core/catalog.ts";
import { addLink } from "../../src/core/commands/links.ts";
import { addNode, setValue } from "../../src/core/commands/nodes.ts";
import { ROOT, emptyDocument, sheetOf } from "../../src/core/document.ts";
import { Edit } from "../../src/core/edit.ts";
import { exportWorkflow } from "../../src/core/exporting.ts";
import { importWorkflow } from "../../src/core/importing.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { makePrompt } from "../../src/core/prompt.ts";
import { shownInputs } from "../../src/core/slots.ts";

const types: Catalog = readCatalog({
  Paint: { input: { required: {} }, output: ["IMAGE"], output_name: ["IMAGE"] },
  Batch: {
    input: { required: { images: ["COMFY_AUTOGROW_V3", { template: { input: { required: { image: ["IMAGE", {}] } }, prefix: "image", min: 2, max: 4 } }] } },
    output: ["IMAGE"], output_name: ["IMAGE"],
  },
  Resize: {
    input: {
      required: {
        image: ["COMFY_MATCHTYPE_V3", { template: { template_id: "t", allowed_types: "IMAGE,MASK" } }],
        mode: ["COMFY_DYNAMICCOMBO_V3", { options: [
          { key: "sides", inputs: { required: { width: ["INT", { default: 512 }], height: ["INT", { default: 256 }] } } },
          { key: "like", inputs: { required: { match: ["IMAGE,MASK", {}] } } },
        ] }],
        crop: ["COMBO", { options: ["center", "none"] }],
      },
    },
    output: ["COMFY_MATCHTYPE_V3"], output_name: ["resized"],
  },
});
const options = { random: () => 0, now: new Date(0) };

function start(): { edit: Edit; paint: string; batch: string; resize: string } {
  const edit = new Edit(emptyDocument("d"));
  const [paint, batch, resize] = ["Paint", "Batch", "Resize"].map((type) => addNode(edit, ROOT, type, [0, 0], types)) as [string, string, string];
  return { edit, paint, batch, resize };
}

const keys = (edit: Edit, node: string): string[] => shownInputs(sheetOf(edit.document, ROOT).nodes[node]!, types).map(({ key }) => key);

test("a growing row has what is required, and a free socket after the last one in use, up to its end", () => {
  const { edit, paint, batch } = start();
  const seen = [keys(edit, batch)];
  for (const slot of ["images.image1", "images.image2", "images.image3"]) {
    addLink(edit, ROOT, { node: paint, slot: "IMAGE" }, { node: batch, slot }, types);
    seen.push(keys(edit, batch));
  }
  const row = (n: number): string[] => Array.from({ length: n }, (_, i) => `images.image${i}`);
  expect(seen).toEqual([row(2), row(3), row(4), row(4)]);
});

test("a choice brings its own inputs, which go to the server under dotted names", () => {
  const { edit, paint, resize } = start();
  addLink(edit, ROOT, { node: paint, slot: "IMAGE" }, { node: resize, slot: "image" }, types);
  setValue(edit, ROOT, resize, "mode.width", 64);
  expect(keys(edit, resize)).toEqual(["image", "mode", "mode.width", "mode.height", "crop"]);
  expect(makePrompt(edit.document, types, options)[resize]!.inputs).toEqual({
    image: [paint, 0], mode: "sides", "mode.width": 64, "mode.height": 256, crop: "center",
  });
  setValue(edit, ROOT, resize, "mode", "like");
  expect(keys(edit, resize)).toEqual(["image", "mode.match", "mode", "crop"]);
  expect(makePrompt(edit.document, types, options)[resize]!.inputs).toEqual({ image: [paint, 0], mode: "like", crop: "center" });
});

test("a file holds the values of the chosen inputs after the choice, and gives them back", () => {
  const { edit, paint, batch, resize } = start();
  setValue(edit, ROOT, resize, "mode.height", 7);
  addLink(edit, ROOT, { node: paint, slot: "IMAGE" }, { node: batch, slot: "images.image1" }, types);
  const file = exportWorkflow(edit.document, types);
  const nodes = file.nodes as JsonObject[];
  expect(nodes[2]!.widgets_values).toEqual(["sides", 512, 7, "center"]);
  expect((nodes[1]!.inputs as JsonObject[]).map(({ name }) => name)).toEqual(["images.image1"]);
  const again = importWorkflow(file, types, "d");
  expect(makePrompt(again, types, options)).toEqual(makePrompt(edit.document, types, options));
});

test("an output that has the type of an input fits every input that the type could fit", () => {
  const { edit, batch, resize } = start();
  expect(addLink(edit, ROOT, { node: resize, slot: "resized" }, { node: batch, slot: "images.image0" }, types)).not.toBeNull();
});
