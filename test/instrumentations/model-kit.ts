// Tests that the client of every provider passes, against a server that speaks its protocol.
import { performance } from "node:perf_hooks";
import { expect, onTestFinished, test, vi } from "vitest";
import { isLong } from "../kit/test-length.ts";
import { sumOf } from "./histogram-figures.ts";
import type { ModelFigures } from "./model-figures.ts";
import { type Answer, jsonAnswer, type ModelServer } from "./model-server.ts";

/** Tokens of a response. */
export interface Counts {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

/** A provider's client, and its protocol. */
export interface ModelClient {
  /** Makes a call with a secret prompt. */
  ask(): Promise<unknown>;
  stream(): Promise<AsyncIterable<unknown>>;
  /** A response with a secret answer. */
  answer(counts: Counts): Answer;
  /** A stream of at least two chunks, the last one with the tokens. The first one comes after `pause` milliseconds. */
  chunks(counts: Counts, pause?: number): Answer;
  /** The reason of the end that a response reports, and a stream. */
  readonly reason: string;
  /** Whether the client repeats a call that is refused with status 429. */
  readonly repeats: boolean;
  /** The type of the error of a refused call. @defaultValue `429` */
  readonly refused?: string;
  readonly refusal?: Answer;
  /** Whether responses have the tokens that were read from a cache. @defaultValue true */
  readonly reportsCache?: boolean;
}

const COUNTS: Counts = { input: 100, output: 40, cached: 60 };
const RESPONSES = isLong ? 10_000 : 60;
const BATCH = 20;
const PAUSE_MILLIS = 5;
const MIN_TURNS = 41;
const MAX_TURNS = 400;

/** Declares the tests. */
export function testModelClient(client: ModelClient, figures: ModelFigures, server: ModelServer): void {
  const { refused = "429", refusal = jsonAnswer({ error: "sk-secret", message: "secret prompt" }, 429) } =
    client;
  const reported = ({ cached, ...counts }: Counts): object => ({
    ...counts,
    cached: client.reportsCache === false ? undefined : cached,
  });

  test("a response has the tokens that the provider reports", async () => {
    server.answer(client.answer(COUNTS));
    await client.ask();
    expect(await figures.attributes()).toEqual([figures.response]);
    expect(await figures.allTokens()).toEqual(reported(COUNTS));
    expect(await figures.reasons()).toEqual({ [client.reason]: 1 });
    expect(await figures.leaks()).toEqual([]);
  });

  test("a stream has the tokens of its last chunk, and the application gets all of it", async () => {
    server.answer(client.chunks(COUNTS));
    expect(await read(await client.stream())).toBeGreaterThan(1);
    expect(await figures.attributes()).toEqual([figures.response]);
    expect(await figures.allTokens()).toEqual(reported(COUNTS));
    expect(await figures.reasons()).toEqual({ [client.reason]: 1 });
    expect(await figures.calls("inference.time_to_first_chunk")).toEqual({ ok: 1 });
    expect(await figures.leaks()).toEqual([]);
  });

  test("a stream that the application leaves is a call whose output is not known", async () => {
    server.answer(client.chunks(COUNTS));
    for await (const chunk of await client.stream()) if (chunk !== undefined) break;
    expect(await figures.calls()).toEqual({ ok: 1 });
    expect(await figures.tokens("output_tokens")).toBeUndefined();
  });

  test("each refused attempt is a call of its own", async () => {
    server.answer(refusal, client.answer(COUNTS));
    const outcome = await client.ask().then(
      () => "answered",
      () => "refused",
    );
    expect(outcome).toBe(client.repeats ? "answered" : "refused");
    expect(await figures.calls()).toEqual({ [refused]: 1, ...(client.repeats && { ok: 1 }) });
    expect(await figures.tokens("input_tokens")).toBe(client.repeats ? 100 : undefined);
    expect(await figures.retries()).toEqual(client.repeats ? [1] : []);
    expect(await figures.leaks()).toEqual([]);
  });

  test(`the sums of ${RESPONSES} responses are equal to the unit`, async () => {
    const sums = { input: 0, output: 0, cached: 0 };
    let seed = 1;
    const generated = (form: "answer" | "chunks"): Answer => {
      return (...given) => {
        seed = (seed * 48_271) % 2_147_483_647;
        const counts = { input: 500 + (seed % 9_973), output: 1 + (seed % 4_001), cached: seed % 499 };
        for (const kind of ["input", "output", "cached"] as const) sums[kind] += counts[kind];
        return client[form](counts)(...given);
      };
    };
    for (const form of ["answer", "chunks"] as const) {
      server.answer(generated(form));
      const one = async (): Promise<unknown> =>
        form === "answer" ? client.ask() : read(await client.stream());
      for (let i = 0; i < RESPONSES / 2; i += BATCH)
        await Promise.all(Array.from({ length: Math.min(BATCH, RESPONSES / 2 - i) }, one));
    }
    expect(await figures.calls()).toEqual({ ok: RESPONSES });
    expect(await figures.allTokens()).toEqual(reported(sums));
  });

  test("the time to the first chunk is the server's, on a clock that only the server and the application move", async () => {
    let millis = 1_000;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => millis);
    onTestFinished(() => clock.mockRestore());
    server.answer((...given) => {
      // Just before the first chunk is written.
      setTimeout(() => (millis += 250), PAUSE_MILLIS);
      return client.chunks(COUNTS, PAUSE_MILLIS)(...given);
    });
    for await (const _ of await client.stream()) millis += 1_000;
    expect(await recordedSeconds(figures)).toBe(0.25);
  });

  // A machine that is busy all the time delays one or the other by more.
  if (!isLong) return;
  test("the time to the first chunk is that of a bare request within 1 ms", async () => {
    server.answer(client.chunks(COUNTS, PAUSE_MILLIS));
    const [bare, recorded]: [number[], number[]] = [[], []];
    let before = 0;
    // Other work of the machine only ever adds to a time, so that the least ones are compared.
    const differenceMillis = (): number => Math.min(...recorded) - Math.min(...bare);
    while (bare.length < MIN_TURNS || (bare.length < MAX_TURNS && Math.abs(differenceMillis()) >= 1)) {
      const startedMillis = performance.now();
      const { body } = await fetch(server.url, { method: "POST", body: "{}" });
      for await (const _ of body ?? []) {
        bare.push(performance.now() - startedMillis);
        break;
      }
      await read(await client.stream());
      const sum = await recordedSeconds(figures);
      recorded.push((sum - before) * 1_000);
      before = sum;
    }
    console.log(
      `time to the first chunk: recorded ${differenceMillis().toFixed(3)} ms more than for a bare request; medians ${medianOf(recorded).toFixed(3)} and ${medianOf(bare).toFixed(3)} ms`,
    );
    expect(Math.min(...recorded)).toBeGreaterThan(PAUSE_MILLIS - 1);
    expect(Math.abs(differenceMillis())).toBeLessThan(1);
  });
}

async function recordedSeconds({ collecting }: ModelFigures): Promise<number> {
  const [point] = await collecting.points("gen_ai.client.inference.time_to_first_chunk");
  return sumOf(point?.value) ?? 0;
}

/** Returns the number of chunks. */
async function read(stream: AsyncIterable<unknown>): Promise<number> {
  let chunks = 0;
  for await (const chunk of stream) if (chunk !== undefined) chunks++;
  return chunks;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
