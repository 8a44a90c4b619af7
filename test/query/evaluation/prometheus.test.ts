import { beforeEach, describe, expect, test } from "vitest";
import { type Engines, enginesOver } from "../differential/engines-over.ts";
import { sideBySide } from "../differential/side-by-side.ts";
import { EDGE_SERIES, FIRST_MILLIS } from "./edge-series.ts";
import { EXPRESSIONS } from "./expressions.ts";

const FROM = FIRST_MILLIS / 1_000 + 600;

let engines: Engines | undefined;
beforeEach(async (context) => {
  engines ??= await enginesOver(context, "3", EDGE_SERIES, "file");
});

// The zero point of a native histogram limits its extrapolation since 3.6.
const CHANGED = ["rate(size[5m:1m])", "increase(size[5m:1m])"];

describe.each(Object.entries(EXPRESSIONS))("as in Prometheus 3, %s:", (_topic, expressions) => {
  test.each(expressions.filter((text) => !CHANGED.includes(text)))("%s", async (text) => {
    const query = { text, time: FROM + 17, range: { from: FROM - 100, to: FROM + 300, step: 40 } };
    const verdict = engines && (await sideBySide(engines, query));
    expect(verdict?.differences).toEqual([]);
  });
});
