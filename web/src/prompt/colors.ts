/** Colours of a prompt: weighted groups, embeddings, choices and comments stand out. */
import { RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";

const PATTERN = /(\/\/.*$)|(embedding:[^\s,()]+)|(:-?\d+(?:\.\d+)?(?=\)))|([(){}|])/gm;
const MARKS = ["comment", "embedding", "weight", "bracket"].map((name) => Decoration.mark({ class: `prompt-${name}` }));

export const promptColors = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = colorsOf(view);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = colorsOf(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function colorsOf(view: EditorView): DecorationSet {
  const found = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (const match of view.state.doc.sliceString(from, to).matchAll(PATTERN)) {
      const kind = match.slice(1).findIndex((group) => group !== undefined);
      found.add(from + match.index, from + match.index + match[0].length, MARKS[kind]!);
    }
  }
  return found.finish();
}
