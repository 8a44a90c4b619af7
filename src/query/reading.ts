// Reading in steps, with or without promises.
import { onAbort } from "../io/abort.ts";
import { Slices } from "../io/yield.ts";
import type { Pieces } from "./evaluation/evaluation.ts";

/** A reading that yields its items in arrays, and otherwise as {@link Pieces}. */
export type Reading<Item> = Generator<readonly Item[] | Promise<unknown> | undefined, void, undefined>;

// Items between two looks at the clock.
const PIECE = 64;

/** Waits for a promise: yields it, and returns its value or throws its error. */
export function* awaited<Value>(promise: Promise<Value>): Generator<Promise<unknown>, Value, undefined> {
  const outcome: { settled?: PromiseSettledResult<Value> } = {};
  yield Promise.allSettled([promise]).then(([settled]) => (outcome.settled = settled));
  const { settled } = outcome;
  if (settled === undefined) throw new Error("the reading went on before its promise was settled");
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** Reads with a signal that aborts with the given one, and if the reading ends before all was read. */
export function* untilClosed<Step, Result>(
  signal: AbortSignal | undefined,
  read: (ending: AbortSignal) => Generator<Step, Result, undefined>,
): Generator<Step, Result, undefined> {
  const ending = new AbortController();
  const abort = (): void => ending.abort(signal?.reason);
  if (signal?.aborted === true) abort();
  const stop = signal && onAbort(signal, abort);
  let isRead = false;
  try {
    const result = yield* read(ending.signal);
    isRead = true;
    return result;
  } finally {
    stop?.();
    if (!isRead) ending.abort();
  }
}

/** A reading of items that there are. They are made as they are read. */
export function* readingOf<Item>(items: Iterable<Item>): Reading<Item> {
  let piece: Item[] = [];
  for (const item of items) {
    piece.push(item);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

/** A reading of other items. */
export function* mapped<Item, Other>(reading: Reading<Item>, map: (item: Item) => Other): Reading<Other> {
  for (const step of reading)
    yield step === undefined || step instanceof Promise ? step : step.map((item) => map(item));
}

/** A reading of the items that are wanted. */
export function* filtered<Item>(reading: Reading<Item>, isWanted: (item: Item) => boolean): Reading<Item> {
  for (const step of reading)
    yield step === undefined || step instanceof Promise ? step : step.filter((item) => isWanted(item));
}

/** All items of a reading. */
export function* gathered<Item>(reading: Reading<Item>): Pieces<Item[]> {
  const items: Item[] = [];
  for (const step of reading)
    if (step === undefined || step instanceof Promise) yield step;
    else for (const item of step) items.push(item);
  return items;
}

/** The items of a reading, with turns of the event loop in between. */
export async function* itemsOf<Item>(reading: Reading<Item>, signal?: AbortSignal): AsyncGenerator<Item> {
  const slices = new Slices();
  for (const step of reading) {
    if (step instanceof Promise) await step;
    else if (step !== undefined) for (const item of step) yield item;
    await slices.next();
    signal?.throwIfAborted();
  }
}
