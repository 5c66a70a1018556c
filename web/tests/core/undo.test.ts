import fc from "fast-check";
import { expect, test } from "vitest";
import { applyPatch } from "../../src/core/edit.ts";
import { mayLink } from "../../src/core/commands/links.ts";
import { newSession, perform, steps, catalog } from "./samples.ts";

test("any sequence of commands undone is the start, and redone is the end", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const session = newSession();
      const start = session.document;
      for (const step of list) perform(session, step);
      const end = session.document;
      while (session.undo() !== null);
      expect(session.document).toEqual(start);
      while (session.redo() !== null);
      expect(session.document).toEqual(end);
    }),
    { numRuns: 400 },
  );
});

test("undo and redo mixed with new commands always lead back to the start", () => {
  fc.assert(
    fc.property(steps, fc.array(fc.nat(5), { maxLength: 40 }), (list, turns) => {
      const session = newSession();
      const start = session.document;
      list.forEach((step, i) => {
        if (turns[i] === 0) session.undo();
        else if (turns[i] === 1) session.redo();
        else perform(session, step);
      });
      while (session.undo() !== null);
      expect(session.document).toEqual(start);
    }),
    { numRuns: 300 },
  );
});

test("the journal of all changes, also of undo and redo, played over the start gives the document", () => {
  fc.assert(
    fc.property(steps, fc.array(fc.nat(4), { maxLength: 40 }), (list, turns) => {
      const session = newSession();
      let played = session.document;
      session.onPerformed(({ patch }) => (played = applyPatch(played, JSON.parse(JSON.stringify(patch)))));
      list.forEach((step, i) => (turns[i] === 0 ? session.undo() : turns[i] === 1 ? session.redo() : perform(session, step)));
      expect(played).toEqual(JSON.parse(JSON.stringify(session.document)));
    }),
    { numRuns: 200 },
  );
});

test("whatever is done, links end at slots that are there, inputs have one link, and there is no circle", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const session = newSession();
      for (const step of list) perform(session, step);
      const { sheet } = session;
      const fed = Object.values(sheet.links).map(({ to }) => `${to.node} ${to.slot}`);
      expect(new Set(fed).size).toBe(fed.length);
      for (const link of Object.values(sheet.links)) {
        const { [link.id]: _, ...links } = sheet.links;
        expect(mayLink({ ...sheet, links }, catalog, link.from, link.to)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("edits of one gesture are one step of undo", () => {
  const session = newSession();
  perform(session, { kind: 0, a: 0, b: 0, c: 1 });
  const { length } = session.state.history.done;
  const before = session.document;
  for (let x = 1; x < 50; x += 1) perform(session, { kind: 1, a: x, b: x, c: 0 });
  expect(session.sheet.nodes["1"]!.pos).toEqual([49, 49]);
  expect(session.state.history.done).toHaveLength(length + 1);
  expect(session.state.history.done.at(-1)!.patch).toHaveLength(1);
  session.undo();
  expect(session.document).toEqual(before);
});

test("undone back to what was saved, the document is the saved one itself", () => {
  const session = newSession();
  perform(session, { kind: 0, a: 0, b: 0, c: 1 });
  session.markSaved();
  perform(session, { kind: 6, a: 2, b: 0, c: 0 });
  expect(session.document).not.toBe(session.state.saved);
  session.undo();
  expect(session.document).toBe(session.state.saved);
});
