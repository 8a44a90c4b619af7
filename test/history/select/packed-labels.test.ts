import fc from "fast-check";
import { expect, test } from "vitest";
import { packedLabels, unpackedLabels } from "../../../src/history/select/packed-series.ts";

test("labels that were packed are the same again, in their order", () => {
  const labels = fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(fc.array(labels), (all) => {
      const sent = structuredClone(packedLabels(all));
      expect([...unpackedLabels(sent)]).toEqual(all.map((each) => ({ ...each })));
    }),
  );
});

test("labels are made one by one, so that the reader of many can let other work run", () => {
  const { text, ends } = packedLabels([{ a: "1" }, { a: "2" }]);
  const [first] = unpackedLabels({ text: text.replace('"2"', "damaged"), ends });
  expect(first).toEqual({ a: "1" });
});
