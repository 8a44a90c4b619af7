import fc from "fast-check";
import real from "prom-client";
import { expect, test } from "vitest";
import own from "../../src/prom-client/index.ts";
import { isLong } from "../kit/test-length.ts";
import { outcomeOf, programs } from "./random-program.ts";

test("random programs have the same errors, JSON and text, byte by byte, as with the real package", async () => {
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      expect(await outcomeOf(own, program)).toEqual(await outcomeOf(real, program));
    }),
    { numRuns: isLong ? 2000 : 200 },
  );
});
