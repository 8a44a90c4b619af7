import { expect, test } from "vitest";
import { RequestedServers } from "../../../instrumentations/shared/requested-servers.ts";
import { nameTemplate, remember } from "../../../instrumentations/shared/names.ts";
import { SqlOperations } from "../../../instrumentations/shared/sql-operations.ts";
import { boundedName, BoundedNames } from "../../../src/recording/bounded-names.ts";
import { heldBytes } from "../../engine/memory.ts";

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

test("a remembered name that is a part of a long text does not keep that text in memory", async () => {
  const textOf = (i: number): string =>
    Buffer.from(`SELECT name_of_${i} FROM orders;${" ".repeat(1_000_000)}`).toString("latin1");
  const known = new Map<string, number>();
  const names = new BoundedNames(100);
  const operations = new SqlOperations();
  const servers = new RequestedServers();
  const before = await heldBytes();
  for (let i = 0; i < 100; i++) {
    const part = textOf(i).slice(0, 30);
    remember(known, part, i);
    names.of(part);
    operations.of(part);
    servers.of({ origin: `https://${part.replaceAll(" ", ".")}` });
  }
  expect((await heldBytes()) - before).toBeLessThan(50e6);
  expect([known.size, names.of("another")]).toEqual([100, "_other"]);
});

test("names that are longer than any of an application are _other", () => {
  const long = "x".repeat(513);
  expect(boundedName(new Map(), long, 100)).toBe("_other");
  expect(new BoundedNames(100).of(long)).toBe("_other");
  expect(new BoundedNames(100).of(long.slice(1))).toBe(long.slice(1));
  const servers = new RequestedServers();
  expect(servers.of({ origin: `https://${"x".repeat(1_025)}` }).address).toBe("_other");
  expect(servers.of({ origin: `https://${"x".repeat(1_024)}` }).address).toBe("x".repeat(1_024));
});
