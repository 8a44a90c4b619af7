import { diag } from "@opentelemetry/api";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { Prices } from "../../src/facades/gen-ai/prices.ts";
import { GenAi } from "../../src/facades/index.ts";
import { PRICES } from "../../src/options/prices.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { newFolder } from "../kit/new-folder.ts";

afterEach(() => diag.disable());

const tableOf = (input: number): string => JSON.stringify({ "gpt-5": { input, output: 10 } });

function watched(text: string | undefined) {
  const file = join(newFolder("prices"), "prices.json");
  if (text !== undefined) writeFileSync(file, text);
  const warnings = collectWarnings();
  const prices = new Prices(file, 10);
  onTestFinished(() => prices.end());
  // At once, so that no look finds a part of the text.
  const write = (content: string): void => {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  };
  return { file, write, warnings, input: () => prices.of("gpt-5")?.input };
}

test("a file of prices is read again when it changes, an invalid one changes nothing and is logged once", async () => {
  const { file, write, warnings, input } = watched(tableOf(1));
  expect(input()).toBe(1);
  write(tableOf(2));
  await expect.poll(input).toBe(2);
  for (const text of ["{", JSON.stringify({ "gpt-5": { input: -1, output: 1 } })]) {
    const before = warnings.length;
    write(text);
    await expect.poll(() => warnings.length).toBe(before + 1);
    await setTimeout(50);
    expect(warnings).toHaveLength(before + 1);
  }
  expect(warnings[1]).toMatch(/prices\.json: the prices of models were not changed: it must be prices/);
  rmSync(file);
  await expect.poll(() => warnings.length).toBe(3);
  expect(input()).toBe(2);
  write(tableOf(3));
  await expect.poll(input).toBe(3);
});

test("a file that is missing at the start is logged, and read when it is there", async () => {
  const { write, warnings, input } = watched(undefined);
  expect(warnings[0]).toMatch(/prices\.json/);
  write(tableOf(1));
  await expect.poll(input).toBe(1);
});

test("a file that is missing, invalid or too large at the start is logged once, without its content", async () => {
  const large = JSON.stringify({ "gpt-5": { input: 1, output: 10 } }) + " ".repeat(1_048_576);
  for (const [text, reason] of [
    [undefined, /ENOENT/],
    ["secret=1", /it is not valid JSON$/],
    [large, /must be a file of at most 1048576 bytes$/],
  ] as const) {
    const { warnings, input } = watched(text);
    await setTimeout(50);
    expect(warnings).toEqual([expect.stringMatching(reason)]);
    expect(warnings[0]).not.toContain("secret");
    expect(input()).toBeUndefined();
    diag.disable();
  }
});

test("calls cost what the file says", async () => {
  const file = join(newFolder("prices"), "prices.json");
  writeFileSync(file, tableOf(2));
  const collecting = collectingProvider();
  const genAi = new GenAi({ prices: file, meterProvider: collecting.provider });
  onTestFinished(() => genAi.end());
  genAi.operation({ provider: "openai", requestModel: "gpt-5" }).ended({ inputTokens: 1_000_000 });
  const [cost] = await collecting.points("llm.cost");
  expect(cost?.value).toBe(2);
});

test("a model without a price is logged once, if there are prices", () => {
  const warnings = collectWarnings();
  const { provider } = collectingProvider();
  for (const prices of [undefined, { "gpt-5": { input: 1, output: 10 } }]) {
    const genAi = new GenAi({ prices, meterProvider: provider });
    for (const requestModel of ["gpt-5", "gpt-6", "gpt-6"])
      genAi.operation({ provider: "openai", requestModel }).ended({ inputTokens: 1 });
  }
  expect(warnings).toEqual([
    'facades.genAi.prices: no price for model "gpt-6", so its calls are not in llm.cost; add it to prices; this is logged once',
  ]);
});

test("the example in the documents is valid", () => {
  const docs = join(import.meta.dirname, "../../docs");
  const [example = "", ...others] = readdirSync(docs).filter((name) => name.startsWith("prices-"));
  expect(others).toEqual([]);
  expect(PRICES.read(JSON.parse(readFileSync(join(docs, example), "utf8")))).toBeDefined();
});
