// The facts of a process, one text in a file.
import { expect, test } from "vitest";
import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FactsReader, FactsWriter } from "../../../src/group/processes/facts-file.ts";
import { newFolder } from "../../kit/new-folder.ts";

test("a reader gets each text once, also shorter and empty ones", () => {
  const folder = newFolder("facts");
  const writer = new FactsWriter(folder);
  const reader = new FactsReader(folder);
  expect(reader.read()).toBeUndefined();
  for (const text of ["first ü", "", "a much longer text than the one before", "short", "short"]) {
    writer.write(text);
    expect(reader.read()).toBe(text);
    expect(reader.read()).toBeUndefined();
  }
  expect(statSync(join(folder, "facts")).mode & 0o777).toBe(0o600);
});

test("a text that is damaged, cut short or being written is left out, until it is whole", () => {
  const folder = newFolder("facts");
  const path = join(folder, "facts");
  const writer = new FactsWriter(folder);
  const reader = new FactsReader(folder);
  writer.write("the whole text");
  const whole = readFileSync(path);
  for (let length = 0; length < whole.length; length++) {
    truncateSync(path, length);
    expect(reader.read()).toBeUndefined();
    writeFileSync(path, whole);
  }
  for (let i = 0; i < whole.length; i++) {
    const damaged = Buffer.from(whole);
    damaged[i]! ^= 0x5a;
    writeFileSync(path, damaged);
    expect(reader.read()).toBeUndefined();
  }
  writeFileSync(path, whole);
  expect(reader.read()).toBe("the whole text");
});
