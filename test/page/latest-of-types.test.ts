import { expect, test } from "vitest";
import { latestOfTypes } from "../../src/page/latest-of-types.ts";
import { servedPage } from "./kit/served-page.ts";

test("the latest items stay, and at least a twentieth of the places is for each type", () => {
  const items = [
    ...Array.from({ length: 8 }, (_, i) => `a${i}`),
    ...Array.from({ length: 100 }, (_, i) => `b${i}`),
  ];
  const kept = latestOfTypes(items, 40, (item) => item.charAt(0));
  expect(kept.slice(0, 2)).toEqual(["a6", "a7"]);
  expect(kept.slice(2)).toEqual(items.slice(-38));
  expect(latestOfTypes(items, 200, (item) => item)).toBe(items);
  // More types than places.
  expect(latestOfTypes(items, 5, (item) => item)).toEqual(items.slice(-5));
});

test("a rare event stays in the list and on the charts, also after thousands of others", async () => {
  const { telemetry, past } = await servedPage();
  const record = (type: string): void =>
    void telemetry.events.record({ event_type: type, source: "shop", data: {} });
  record("app.deployed");
  for (let i = 0; i < 3_000; i++) record("app.polled");
  const now = Date.now() / 1_000;
  for (const [view, count] of [
    ["events", 1_000],
    ["overview", 200],
  ] as const) {
    const { events } = await past(view, now - 60, now + 60);
    // The page adds the start of the process.
    const first = events.find(({ type }) => type !== "application.started");
    expect([view, events.length, first?.type]).toEqual([view, count, "app.deployed"]);
  }
});
