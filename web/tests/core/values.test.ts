import { expect, test } from "vitest";
import { readNodeType } from "../../src/core/catalog.ts";
import type { Json } from "../../src/core/json.ts";
import { placesOf, readValues, writeValues } from "../../src/core/values.ts";

/** What a file's list of values becomes when it is opened and saved again. */
function reopened(input: object, saved: Json[]): Json | undefined {
  const type = readNodeType("Test", { input: { required: input }, output: [] } as never);
  const places = placesOf(type, () => undefined);
  const { values, kept } = readValues(saved, places, type);
  return writeValues({ values, rest: { "easel:values": kept } }, places);
}

test.each([
  ["an upload button that the field saves as nothing", { audio: ["COMBO", { audio_upload: true, options: ["a.wav"] }] }, ["a.wav", null, null]],
  ["a recorder and its player", { audio: ["AUDIO_RECORD", {}] }, ["", ""]],
  ["drawn boxes and those that came in", { width: ["INT", {}], editor_state: ["BOUNDING_BOXES", {}], last_incoming: ["BOUNDING_BOXES", {}] }, [1024, [{ x: 1, y: 2, width: 3, height: 4 }], []]],
  ["a painting in the temp folder", { mask: ["STRING", { widgetType: "PAINTER" }], width: ["INT", {}], bg_color: ["COLOR", {}] }, ["painter/p.png [temp]", 64, "#000000", "#000000"]],
  ["a curve", { curve: ["CURVE", {}] }, [{ points: [[0, 0], [1, 1]], interpolation: "monotone_cubic" }]],
  ["two pictures that were compared", { view: ["IMAGECOMPARE", {}] }, []],
])("%s is saved as it was opened", (_, input, saved) => {
  expect(reopened(input, saved as Json[])).toEqual(saved);
});

test("what a 3D window shows has a place among the values, though there is no window", () => {
  const input = { filename_prefix: ["STRING", {}], viewport_state: ["LOAD_3D", {}], width: ["INT", {}] };
  const type = readNodeType("Test", { input: { required: input }, output: [] } as never);
  const { values } = readValues(["3d/cup", { camera_info: { fov: 35 } }, 640], placesOf(type, () => undefined), type);
  expect(values).toEqual({ filename_prefix: "3d/cup", viewport_state: { camera_info: { fov: 35 } }, width: 640 });
  expect(type.inputs.map(({ widget }) => [widget?.kind, widget?.default])).toEqual([["text", ""], ["kept", ""], ["number", 0]]);
});
