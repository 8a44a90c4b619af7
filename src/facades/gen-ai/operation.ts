import type { BoundRecorder } from "../../recording/bind.ts";
import type { GenAiUsage } from "./usage.ts";

/** The recorders of an operation's times and its end. */
export interface OperationRecord {
  readonly firstChunk: BoundRecorder;
  readonly nextChunk: BoundRecorder;
  /** Counts an attempt that repeats a failed one, of a client. */
  readonly retried?: () => void;
  ended(seconds: number, usage: GenAiUsage): void;
  failed(seconds: number, error: unknown): void;
}

/**
 * One call of a model. Call {@link ended} or {@link failed} once; later calls do nothing.
 *
 * @example
 * const operation = genAi.operation({ provider: "openai", requestModel: "gpt-5" });
 * for await (const chunk of stream) operation.chunk();
 * operation.ended({ inputTokens: 12, outputTokens: 340, finishReason: "stop" });
 */
export class GenAiOperation {
  readonly #record: OperationRecord;
  readonly #startedMillis = performance.now();
  #lastChunkMillis: number | undefined;
  readonly #isRetry: boolean;
  #isEnded = false;

  /** @internal */
  constructor(record: OperationRecord, isRetry = false) {
    this.#record = record;
    this.#isRetry = isRetry;
  }

  /** Records the time to the first chunk of a streamed response, once. */
  firstChunk(): void {
    if (this.#lastChunkMillis === undefined) this.chunk();
  }

  /** Records the time since the chunk before; of the first one, that since the beginning. */
  chunk(): void {
    if (this.#isEnded) return;
    const nowMillis = performance.now();
    const before = this.#lastChunkMillis;
    this.#lastChunkMillis = nowMillis;
    if (before === undefined) this.#record.firstChunk.record((nowMillis - this.#startedMillis) / 1_000);
    else this.#record.nextChunk.record((nowMillis - before) / 1_000);
  }

  /** Records a response: its duration, its tokens and what they cost. Only what the provider reports is recorded. */
  ended(usage: GenAiUsage = {}): void {
    if (this.#end()) this.#record.ended(this.#seconds(), usage);
  }

  /** Records a failure. `error.type` is the HTTP status of the error if it has one, otherwise its type. */
  failed(error: unknown): void {
    if (this.#end()) this.#record.failed(this.#seconds(), error);
  }

  #seconds(): number {
    return (performance.now() - this.#startedMillis) / 1_000;
  }

  #end(): boolean {
    const isFirst = !this.#isEnded;
    this.#isEnded = true;
    if (isFirst && this.#isRetry) this.#record.retried?.();
    return isFirst;
  }
}
