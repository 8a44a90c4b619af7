// Files that are torn, damaged, or written by another version.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { diag } from "@opentelemetry/api";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { type FileCalls, nodeFileCalls } from "../../../src/io/outbox/file-calls.ts";
import { readCursor } from "../../../src/io/outbox/folders.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { runs, seed } from "../../kit/test-length.ts";
import { asAfterCrash, drained, filesOf, opened, records } from "./opening.ts";
import { newFolder } from "../../kit/new-folder.ts";

afterEach(() => diag.disable());

const texts = ["first", "second", "third", "last"];
const FRAME = 32;

/** Offset behind the first `count` records of the segment. */
function endOf(count: number): number {
  return texts.slice(0, count).reduce((end, { length }) => end + FRAME + length, 16);
}

/** A directory as a dead process left it, with one segment of four records; and that segment. */
async function left(): Promise<{ directory: string; segment: string }> {
  const directory = newFolder("outbox");
  const { outbox } = await opened(directory);
  await outbox.append(records(...texts));
  await outbox.close();
  return { directory, segment: filesOf(directory, ".segment")[0]! };
}

test("a last record torn at any byte is cut off and counted, and all complete ones survive", async () => {
  const { directory, segment } = await left();
  const { size } = statSync(segment);
  const lastBytes = FRAME + texts.at(-1)!.length;
  const warnings = collectWarnings();
  for (let cut = 1; cut < lastBytes; cut++) {
    truncateSync(segment, size - cut);
    const torn = asAfterCrash(directory);
    truncateSync(segment, size - cut);
    const { outbox } = await opened(torn);
    expect(outbox.damagedRecords).toBe(1);
    expect(statSync(filesOf(torn, ".segment")[0]!).size).toBe(size - lastBytes);
    await outbox.close();

    const again = await opened(torn);
    expect(again.outbox.damagedRecords).toBe(0);
    expect(await drained(again.outbox)).toEqual(texts.slice(0, 3));
    await again.outbox.close();
  }
  expect(warnings.every((text) => text.includes("1 records were torn or damaged"))).toBe(true);
  expect(warnings).toHaveLength(lastBytes - 1);
});

test("a file torn within its header is empty, and does not affect others", async () => {
  for (let length = 0; length <= 16; length++) {
    const { directory, segment } = await left();
    truncateSync(segment, length);
    const { outbox } = await opened(directory);
    expect(await drained(outbox)).toEqual([]);
    await outbox.close();
    expect(readdirSync(directory)).toEqual([]);
  }
});

test("a flipped bit at any place damages only its own record", async () => {
  const { directory, segment } = await left();
  const bytes = readFileSync(segment);
  const bit = fc.integer({ min: 0, max: bytes.length * 8 - 1 });
  await fc.assert(
    fc.asyncProperty(bit, async (position) => {
      const harmed = Buffer.from(bytes);
      harmed[position >> 3]! ^= 1 << (position & 7);
      writeFileSync(segment, harmed);
      const { outbox } = await opened(asAfterCrash(directory));
      const hit = recordAt(position >> 3);
      expect(await drained(outbox)).toEqual(texts.filter((_, i) => i !== hit));
      expect(outbox.damagedRecords).toBe(hit === undefined ? 0 : 1);
      await outbox.close();
    }),
    { numRuns: runs(60), seed },
  );
});

test("damaged bytes over several records are counted by sequence numbers", async () => {
  const { directory, segment } = await left();
  const bytes = readFileSync(segment);
  bytes.fill(0xff, 16 + FRAME + 5 + 3, 16 + 3 * FRAME + 16);
  writeFileSync(segment, bytes);
  const { outbox } = await opened(directory);
  expect(await drained(outbox)).toEqual([texts[0], texts[3]]);
  expect(outbox.damagedRecords).toBe(2);
});

test("after a torn write, all records are read from the segment with the next attempt", async () => {
  const { directory, segment } = await left();
  const whole = readFileSync(segment);
  const frames = texts.map((_, i) => whole.subarray(endOf(i), endOf(i + 1)));
  const file = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat([whole.subarray(0, 16), ...parts]);
  const damaged = (frame: Uint8Array): Uint8Array => Buffer.alloc(frame.length);
  const [first, second, third, last] = frames;
  const layouts: readonly (readonly Buffer[])[] = [
    // The last record of the torn write is complete, behind one that was acknowledged before.
    [file(first!, damaged(second!), third!), file(second!, third!, last!)],
    // Nothing but that record is complete, in a file of its own.
    [file(first!), file(damaged(second!), third!), file(second!, third!, last!)],
    [file(first!), Buffer.concat([Buffer.alloc(16), damaged(second!), third!]), file(second!, third!, last!)],
    // Two writes were torn.
    [file(first!), file(damaged(second!), third!), file(damaged(second!), third!, last!), file(...frames)],
  ];
  for (const layout of layouts) {
    const copy = asAfterCrash(directory);
    const path = filesOf(copy, ".segment")[0]!;
    for (const [i, bytes] of layout.entries()) {
      writeFileSync(path.replace("1.segment", `${i + 1}.segment`), bytes);
    }
    // The second process finds the files as the scan of the first has left them.
    for (let process = 1; process <= 2; process++) {
      const { outbox } = await opened(copy);
      expect(outbox.damagedRecords).toBe(0);
      expect(outbox.size.records).toBe(texts.length);
      await outbox.close();
    }
    const { outbox } = await opened(copy);
    expect(await drained(outbox)).toEqual(texts);
  }
});

test("a torn write keeps the records that were not written again", async () => {
  const { directory, segment } = await left();
  const whole = readFileSync(segment);
  const torn = Buffer.from(whole);
  torn.fill(0, endOf(1), endOf(2));
  writeFileSync(segment, torn);
  // Written again up to the damaged one only: two complete records are more than one.
  const again = Buffer.concat([whole.subarray(0, 16), whole.subarray(endOf(1), endOf(2))]);
  writeFileSync(segment.replace("1.segment", "2.segment"), again);
  const { outbox } = await opened(directory);
  expect(await drained(outbox)).toEqual([texts[0], texts[2], texts[3]]);
  expect(outbox.damagedRecords).toBe(1);
});

test("records damaged between the start and the delivery are skipped too", async () => {
  const { directory } = await left();
  const { outbox } = await opened(directory);
  const segment = filesOf(directory, ".segment")[0]!;
  const bytes = readFileSync(segment);
  bytes[16 + 2 * FRAME + 7]! ^= 1;
  writeFileSync(segment, bytes);
  expect(await drained(outbox)).toEqual([texts[0], texts[2], texts[3]]);
  expect(outbox.damagedRecords).toBe(1);
});

test("after a torn or damaged cursor, records are delivered again and none is lost", async () => {
  for (const cursor of ["", "torn", "garbage of the right length"]) {
    const directory = newFolder("outbox");
    const first = await opened(directory);
    await first.outbox.append(records("a", "b"));
    await first.outbox.remove((await first.outbox.oldest())!.sequence);
    await first.outbox.close();
    writeFileSync(filesOf(directory, "cursor")[0]!, cursor);
    const { outbox } = await opened(directory);
    expect(await drained(outbox)).toEqual(["a", "b"]);
  }
});

test("a cursor that cannot be read leaves no file open", async () => {
  const folder = newFolder("outbox");
  mkdirSync(join(folder, "cursor"));
  const handles: FileHandle[] = [];
  const open: FileCalls["open"] = async (...given) => {
    const handle = await nodeFileCalls.open(...given);
    handles.push(handle);
    return handle;
  };
  await expect(readCursor({ ...nodeFileCalls, open }, folder)).rejects.toThrow("EISDIR");
  expect(handles.map(({ fd }) => fd)).toEqual([-1]);
});

test("bytes behind the last record of a folder are not counted as a record", async () => {
  const { directory, segment } = await left();
  appendFileSync(segment, Buffer.alloc(4_096));
  const { outbox } = await opened(directory);
  expect(await drained(outbox)).toEqual(texts);
});

test("a segment of another version is moved aside unchanged, and the rest is delivered", async () => {
  const warnings = collectWarnings();
  const { directory, segment } = await left();
  const foreign = Buffer.from(readFileSync(segment));
  foreign.writeUInt32LE(2, 8);
  foreign.writeUInt32LE(crc32(foreign.subarray(0, 12)), 12);
  const other = segment.replace("0000000001", "0000000002");
  writeFileSync(other, foreign);
  const unknown = segment.replace("0000000001", "0000000003");
  writeFileSync(unknown, "something else altogether, longer than a header");

  const { outbox } = await opened(directory);
  expect(await drained(outbox)).toEqual(texts);
  await outbox.close();
  const aside = filesOf(join(directory, "unreadable"), ".segment");
  expect(aside.map((file) => readFileSync(file).toString("latin1"))).toEqual([
    foreign.toString("latin1"),
    "something else altogether, longer than a header",
  ]);
  expect(warnings.filter((text) => text.includes("was moved to"))).toHaveLength(2);
  expect(readdirSync(directory)).toEqual(["unreadable"]);
  expect(existsSync(segment)).toBe(false);
});

/** The record whose frame contains a byte of the segment; `undefined` for the file's header. */
function recordAt(position: number): number | undefined {
  return position < endOf(0) ? undefined : texts.findIndex((_, i) => position < endOf(i + 1));
}
