import fc from "fast-check";
import { expect, it } from "vitest";
import { toLabels, toOrigin } from "../../../src/adapters/paper/origin.ts";

it("for all names and comments, who asked for an order is read back as it was written", () => {
  const text = fc.option(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }));
  fc.assert(
    fc.property(text, text, text, (signalId, agent, comment) => {
      const origin = { signalId, agent, comment };
      const labels = toLabels("tmt-1", origin);
      expect(labels.id).toBe("tmt-1");
      expect(toOrigin(labels)).toEqual(origin);
    }),
  );
});

it("an order without labels names nobody", () => {
  const nobody = { signalId: null, agent: null, comment: null };
  expect(toOrigin(null)).toEqual(nobody);
  expect(toOrigin({ id: "1", tag: null, comment: null })).toEqual(nobody);
});
