// The outbox on this machine's disk, in records of 50 KB, compared with bare calls to the same disk.
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fromBuild } from "./build.js";
import { median, mustBe } from "./measure.js";

const RECORD_BYTES = 50_000;
const APPENDS = 600;
const AT_ONCE = 8;
const body = Buffer.alloc(RECORD_BYTES, "a record of an outbox ");

/**
 * Returns the ratio of an append to a bare write and `fdatasync`. The two take turns, so that the disk is in the same
 * state.
 */
export function appendAgainstBare() {
  return inFolder(async (folder, outbox) => {
    const bare = await open(join(folder, "bare"), "wx");
    const appended = [];
    const written = [];
    for (let i = 0; i < APPENDS; i++) {
      appended.push(await millis(() => outbox.append([record(i)])));
      written.push(
        await millis(async () => {
          await bare.write(body, 0, body.length, i * RECORD_BYTES);
          await bare.datasync();
        }),
      );
    }
    await bare.close();
    mustBe(outbox.size.records, APPENDS);
    const [mine, other] = [median(appended), median(written)];
    return { unit: "×", value: mine / other, appendMillis: mine, bareMillis: other };
  });
}

/** Measures appends per second, several of them at once. */
export function appendsASecond(atOnce = 1, options = {}) {
  return inFolder(async (_, outbox) => {
    const took = await millis(async () => {
      for (let i = 0; i < APPENDS; i += atOnce) {
        await Promise.all(Array.from({ length: atOnce }, (__, j) => outbox.append([record(i + j)])));
      }
    });
    mustBe(outbox.size.records, APPENDS);
    return { unit: "/s", value: (APPENDS / took) * 1_000 };
  }, options);
}

/** Measures records per second that are read, in order, and removed. */
export function drainedASecond() {
  return inFolder(async (_, outbox) => {
    await outbox.append(Array.from({ length: APPENDS }, (__, i) => record(i)));
    let count = 0;
    const took = await millis(async () => {
      for (let oldest = await outbox.oldest(); oldest !== undefined; oldest = await outbox.oldest()) {
        await outbox.remove(oldest.sequence);
        count++;
      }
    });
    mustBe(count, APPENDS);
    return { unit: "/s", value: (count / took) * 1_000 };
  });
}

/** Measurements by name. */
export const stored = {
  "outbox, append of 50 KB against a bare write and fdatasync": appendAgainstBare,
  "outbox, appends of 50 KB a second": () => appendsASecond(),
  [`outbox, appends of 50 KB a second, ${AT_ONCE} at once`]: () => appendsASecond(AT_ONCE),
  "outbox, appends of 50 KB a second, fsync 'never'": () => appendsASecond(1, { fsync: "never" }),
  "outbox, records of 50 KB drained a second": drainedASecond,
};

async function inFolder(use, options = {}) {
  const { Outbox } = await fromBuild("io/outbox/index.js");
  const folder = await mkdtemp(join(tmpdir(), "tachymeter-bench-"));
  const { OUTBOX } = await fromBuild("options/outbox.js");
  const settings = OUTBOX.settings({ directory: join(folder, "outbox"), ...options });
  const outbox = new Outbox(settings, { dropped: () => {} });
  try {
    await outbox.ready;
    return await use(folder, outbox);
  } finally {
    await outbox.close();
    await rm(folder, { recursive: true });
  }
}

function record(i) {
  return { body, points: 1, timeUnixMillis: Date.now() + i };
}

async function millis(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
