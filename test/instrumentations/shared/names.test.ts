import { expect, test } from "vitest";
import { nameTemplate, remember } from "../../../instrumentations/shared/names.ts";

const SIGNS = { parts: /[^/:,]+/g, any: "*", tooLong: "*" };

test.each([
  ["https://user:secret@shop.example/orders", "https://shop.example/orders"],
  ["redis://:p@ss@cache,amqp://guest:guest@broker", "redis://cache,amqp://broker"],
  ["https://shop.example/to/me@shop.example", "https://shop.example/to/me@shop.example"],
  ["me@shop.example", "me@shop.example"],
])("a URL's user and password are removed from a name: %s", (name, template) => {
  expect(nameTemplate(name, SIGNS)).toBe(template);
  expect(nameTemplate(template, SIGNS)).toBe(template);
});

test("at most a thousand names are remembered, and no long ones", () => {
  const known = new Map<string, number>();
  for (let i = 0; i < 1_000; i++) remember(known, `name ${i}`, i);
  expect(known.get("name 0")).toBe(0);
  remember(known, "x".repeat(513), 1);
  expect(known.size).toBe(1_000);
  remember(known, "x".repeat(512), 1);
  expect([...known]).toEqual([["x".repeat(512), 1]]);
});
