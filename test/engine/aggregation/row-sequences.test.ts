import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { sharedMemory, sharedStore } from "./shared-store.ts";
import { Interner } from "../../../src/engine/series/interner.ts";
import { RowSequences } from "../../../src/engine/aggregation/row-sequences.ts";
import { ExplicitHistogramStore } from "../../../src/engine/aggregation/explicit-histogram-store.ts";
import { ExponentialHistogramStore } from "../../../src/engine/aggregation/exponential-histogram-store.ts";
import { LastValueStore } from "../../../src/engine/aggregation/last-value-store.ts";

const table = { interner: new Interner(), limit: 10, shared: sharedStore({ isOrdered: false }) };

test("a copy during which a recording was made is repeated", () => {
  const sequences = new RowSequences(sharedMemory);
  sequences.reserve(5);
  let copies = 0;
  const isWhole = sequences.copyWhole(5, () => {
    copies++;
    if (copies > 2) return;
    sequences.mark(5);
    sequences.mark(5);
  });
  expect({ isWhole, copies }).toEqual({ isWhole: true, copies: 3 });
});

test("a row that is being written is not copied, and the wait is bounded", () => {
  const sequences = new RowSequences(sharedMemory);
  sequences.reserve(2_000);
  sequences.mark(2_000);
  let copies = 0;
  expect(sequences.copyWhole(2_000, () => copies++)).toBe(false);
  expect(copies).toBe(0);
  expect(sequences.copyWhole(1_999, () => copies++)).toBe(true);
});

test("every change of a shared row changes its sequence number, and leaves it even", () => {
  const stores = [
    new LastValueStore(table),
    new ExplicitHistogramStore({ ...table, boundaries: [1, 2], recordMinMax: true }),
    new ExponentialHistogramStore({ ...table, maxSize: 160, maxScale: 20, recordMinMax: true }),
  ];
  for (const store of stores) {
    const handle = store.bind({ a: 1 });
    const number = (): number => store.sequences!.pages[0]![handle.row]!;
    for (const change of [
      () => handle.record(3),
      () => store.record(4, { a: 1 }),
      () => store.empty(handle.row),
    ]) {
      const before = number();
      change();
      expect(number()).toBe(before + 2);
    }
    handle.release();
  }
});

test("stores of one thread, and of processors that keep the order of writes, have no sequence numbers", () => {
  expect(new LastValueStore({ ...table, shared: undefined }).sequences).toBeUndefined();
  expect(new LastValueStore({ ...table, shared: sharedStore() }).sequences).toBeUndefined();
});

test("another thread copies consistent rows while this one records", async () => {
  const store = new ExplicitHistogramStore({ ...table, boundaries: [1, 2, 3], recordMinMax: true });
  const handle = store.bind({ a: 1 });
  const found = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(READER, {
    eval: true,
    workerData: {
      found,
      cells: store.pages.pageOf(handle.row),
      offset: store.pages.offsetOf(handle.row),
      sequences: store.sequences!.pages[0],
      row: handle.row,
    },
    execArgv: [],
  });
  await once(worker, "message");
  // In bursts, since a reader finds no pause in a row that changes every few nanoseconds. The loop ends when the
  // reader has copied some rows, since the system schedules it at an unknown time.
  const deadline = performance.now() + 20_000;
  for (let burst = 0; Atomics.load(found, 0) < 100 && performance.now() < deadline; burst++) {
    for (let i = 0; i < 10_000; i++) handle.record((burst + i) % 5);
    for (let rest = 0; rest < 10_000; rest++) Atomics.load(found, 0);
  }
  worker.postMessage("enough");
  const [copies]: readonly { readonly whole: number; readonly wrong: number }[] = await once(
    worker,
    "message",
  );
  expect(copies?.whole).toBeGreaterThan(0);
  expect(copies?.wrong).toBe(0);
  await worker.terminate();
});

// The reader, as described in the module's comment. In a consistent copy the buckets add up to the count.
const READER = `
  const { parentPort, receiveMessageOnPort, workerData } = require("node:worker_threads");
  const { cells, offset, sequences, row, found } = workerData;
  const copy = new Float64Array(8);
  let whole = 0, wrong = 0;
  parentPort.postMessage("ready");
  do {
    const before = Atomics.load(sequences, row);
    if (before % 2 !== 0) continue;
    for (let i = 0; i < 8; i++) copy[i] = cells[offset + i];
    if (Atomics.load(sequences, row) !== before) continue;
    whole++;
    Atomics.add(found, 0, 1);
    if (copy[0] !== copy[4] + copy[5] + copy[6] + copy[7]) wrong++;
  } while (receiveMessageOnPort(parentPort) === undefined);
  parentPort.postMessage({ whole, wrong });
  parentPort.close();
`;
