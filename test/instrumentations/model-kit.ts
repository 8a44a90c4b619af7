// Tests that the client of every provider passes, against a server that speaks its protocol.
import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
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

  test("the time to the first chunk is between the server's and the application's, within 1 ms", async () => {
    let arrivedMillis = 0;
    let writtenMillis = 0;
    const pause = 5;
    server.answer((...given) => {
      arrivedMillis = performance.now();
      setTimeout(() => (writtenMillis = performance.now()), pause);
      return client.chunks(COUNTS, pause)(...given);
    });
    const fromApplication: number[] = [];
    const fromServer: number[] = [];
    let before = 0;
    for (let i = 0; i < 7; i++) {
      const startedMillis = performance.now();
      let firstMillis: number | undefined;
      for await (const _ of await client.stream()) firstMillis ??= performance.now() - startedMillis;
      const [point] = await figures.collecting.points("gen_ai.client.inference.time_to_first_chunk");
      const sum = sumOf(point?.value) ?? 0;
      const recordedMillis = (sum - before) * 1_000;
      before = sum;
      fromApplication.push((firstMillis ?? 0) - recordedMillis);
      fromServer.push(recordedMillis - (writtenMillis - arrivedMillis));
    }
    if (isLong)
      console.log(
        `time to the first chunk: the application's is ${medianOf(fromApplication)} ms longer, the server's ${medianOf(fromServer)} ms shorter`,
      );
    // The way from and to the server takes longer on a busy machine, and the client's work before its request.
    expect(Math.min(...fromServer)).toBeGreaterThan(0);
    expect(Math.min(...fromApplication)).toBeGreaterThan(-0.001);
    expect(Math.min(...fromApplication)).toBeLessThan(1);
  });
}

/** Returns the number of chunks. */
async function read(stream: AsyncIterable<unknown>): Promise<number> {
  let chunks = 0;
  for await (const chunk of stream) if (chunk !== undefined) chunks++;
  return chunks;
}

function medianOf(values: readonly number[]): string | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1]?.toFixed(3);
}
