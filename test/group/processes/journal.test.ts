// The journals of processes: lines for the aggregator, in files.
import { expect, test } from "vitest";
import { appendFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JournalReader, JournalWriter, MAX_UNREAD_BYTES } from "../../../src/group/processes/journal.ts";
import { newFolder } from "../../kit/new-folder.ts";

test("a reader gets all lines in order, whenever it reads", () => {
  const folder = newFolder("journal");
  const writer = new JournalWriter(folder);
  const reader = new JournalReader(folder);
  const read: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    expect(writer.add(`line ${i} ü`)).toBe(true);
    if (i % 7 === 0) writer.flush();
    if (i % 501 === 0) read.push(...all(reader));
    if (i % 5_003 === 0) reader.keep();
  }
  writer.flush();
  read.push(...all(reader));
  expect(read).toEqual(Array.from({ length: 20_000 }, (_, i) => `line ${i} ü`));
});

test("the next reader continues after the lines that are kept", () => {
  const folder = newFolder("journal");
  const writer = new JournalWriter(folder);
  const first = new JournalReader(folder);
  write(writer, ["one", "two"]);
  expect(all(first)).toEqual(["one", "two"]);
  first.keep();
  write(writer, ["three"]);
  expect(all(first)).toEqual(["three"]);
  expect(first.hasUnkept).toBe(true);
  expect(all(new JournalReader(folder))).toEqual(["three"]);
});

test("files that are read and kept are removed", () => {
  const folder = newFolder("journal");
  const writer = new JournalWriter(folder);
  const reader = new JournalReader(folder);
  for (let i = 0; i < 100; i++) {
    write(writer, ["x".repeat(50_000)]);
    all(reader);
    reader.keep();
  }
  expect(readdirSync(folder)).toHaveLength(2);
});

test("lines that are not read are limited, and there is room again once they are", () => {
  const folder = newFolder("journal");
  const writer = new JournalWriter(folder);
  const reader = new JournalReader(folder);
  const line = "x".repeat(99_999);
  let count = 0;
  while (writer.add(line)) {
    writer.flush();
    count++;
  }
  expect(count).toBe(Math.floor(MAX_UNREAD_BYTES / 100_000));
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeLessThanOrEqual(MAX_UNREAD_BYTES);
  expect(all(reader)).toHaveLength(count);
  expect(writer.add(line)).toBe(false);
  reader.keep();
  expect(writer.add(line)).toBe(true);
});

test("a line without its end is left out, since its process was killed while it wrote", () => {
  const folder = newFolder("journal");
  write(new JournalWriter(folder), ["whole"]);
  appendFileSync(join(folder, "journal.0"), '{"half');
  expect(all(new JournalReader(folder))).toEqual(["whole"]);
});

test("a line longer than a slice is read whole", () => {
  const folder = newFolder("journal");
  write(new JournalWriter(folder), ["a", "b".repeat(1_000_000), "c"]);
  expect(all(new JournalReader(folder)).map(({ length }) => length)).toEqual([1, 1_000_000, 1]);
});

test("after its folder was removed and made again, a journal continues with new lines", () => {
  const folder = newFolder("journal");
  const writer = new JournalWriter(folder);
  const reader = new JournalReader(folder);
  write(writer, ["one"]);
  expect(all(reader)).toEqual(["one"]);
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  write(writer, ["two"]);
  expect(all(reader)).toEqual(["two"]);
});

test("a damaged or foreign cursor, and a journal cut short, lead to no error", () => {
  const folder = newFolder("journal");
  const writer = new JournalWriter(folder);
  write(writer, ["one", "two"]);
  for (const cursor of ["", "nonsense", "99999999999 1\n", "0 -1\n"]) {
    writeFileSync(join(folder, "cursor"), cursor);
    expect(all(new JournalReader(folder))).toEqual(["one", "two"]);
  }
  writeFileSync(join(folder, "cursor"), "0 4000000\n");
  expect(all(new JournalReader(folder))).toEqual([]);
  truncateSync(join(folder, "journal.0"), 2);
  expect(all(new JournalReader(folder))).toEqual([]);
});

function write(writer: JournalWriter, lines: readonly string[]): void {
  for (const line of lines) writer.add(line);
  writer.flush();
}

function all(reader: JournalReader): readonly string[] {
  const read: string[] = [];
  for (let lines = reader.read(); lines.length > 0; lines = reader.read()) read.push(...lines);
  return read;
}
