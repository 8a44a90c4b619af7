import { beforeEach, expect, test } from "vitest";
import { type Engines, enginesOver } from "./engines-over.ts";
import { MENDED } from "./mended.ts";
import { FIRST_MILLIS, randomSeries } from "./random-series.ts";
import { sideBySide } from "./side-by-side.ts";

const FROM = FIRST_MILLIS / 1_000 + 600;

let engines: Engines | undefined;
beforeEach(async (context) => {
  engines ??= await enginesOver(context, "3", randomSeries(1, { isPlain: false }), "file");
});

test.each(MENDED)("as in Prometheus 3, %s: %s", async (_behaviour, text) => {
  const query = { text, time: FROM, range: { from: FROM, to: FROM + 600, step: 60 } };
  const verdict = engines && (await sideBySide(engines, query));
  expect(verdict).toMatchObject({ differences: [], isUndecided: false });
});
