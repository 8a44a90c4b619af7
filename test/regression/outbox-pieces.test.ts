import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FRAME_HEADER_BYTES, framesOf, FrameScanner } from "../../src/io/outbox/frame.ts";
import { newFolder } from "../kit/new-folder.ts";

// Files are read in pieces of this size.
const PIECE_BYTES = 1_048_576;

test.each([0, 1, 2, 3, 4, 5, 31, 32, 33])(
  "a record that begins %d bytes before the end of a piece is found",
  async (before) => {
    const lengths = [PIECE_BYTES - before - FRAME_HEADER_BYTES, 100, 2 * PIECE_BYTES, 100];
    const records = lengths.map((length, i) => ({
      body: Buffer.alloc(length, i),
      points: 1,
      sequence: i + 1,
      timeUnixMillis: 1_000,
    }));
    const file = join(newFolder("pieces"), "segment");
    writeFileSync(file, Buffer.concat(framesOf(records)));
    await using handle = await open(file);
    const scanner = new FrameScanner(handle, (await handle.stat()).size);
    const found: number[] = [];
    for (let frame = await scanner.next(); frame !== undefined; frame = await scanner.next()) {
      found.push(frame.sequence);
    }
    expect(found).toEqual([1, 2, 3, 4]);
  },
);
