/**
 * Quantiles of the last seconds. All values are added to each sketch. Quantiles are those of the oldest one, which is emptied when its time is over:
 *
 *     sketch 0 ├───── oldest ────┤ emptied, now the youngest
 *     sketch 1 ├─────────────────┼───── oldest ────┤
 */
import { QuantileSketch } from "./quantile-sketch.ts";

interface WindowOptions {
  readonly maxAgeSeconds: number | undefined;
  readonly ageBuckets: number | undefined;
  readonly compressCount: number;
}

// More values than this between two merges would only take memory.
const MAX_BUFFERED = 1000;

export class QuantileWindow {
  readonly #sketches: readonly QuantileSketch[];
  readonly #stepMillis: number;
  #current = 0;
  #steppedMillis: number = Date.now();

  constructor({ maxAgeSeconds = 0, ageBuckets = 0, compressCount }: WindowOptions) {
    const isWindow = maxAgeSeconds > 0 && ageBuckets > 0;
    const length = isWindow ? ageBuckets : 1;
    const maxBuffered = Math.min(compressCount, MAX_BUFFERED);
    this.#sketches = Array.from({ length }, () => new QuantileSketch(maxBuffered));
    this.#stepMillis = isWindow ? (maxAgeSeconds * 1000) / ageBuckets : Infinity;
  }

  get isEmpty(): boolean {
    return this.#sketch().isEmpty;
  }

  add(value: number): void {
    this.#sketch();
    for (const sketch of this.#sketches) sketch.add(value);
  }

  quantile(q: number): number | undefined {
    return this.#sketch().quantile(q);
  }

  reset(): void {
    for (const sketch of this.#sketches) sketch.reset();
  }

  #sketch(): QuantileSketch {
    const { length } = this.#sketches;
    let steps = 0;
    while (Date.now() - this.#steppedMillis > this.#stepMillis) {
      this.#steppedMillis += this.#stepMillis;
      // After a long pause all of them are empty.
      if (++steps <= length) this.#sketches[this.#current]!.reset();
      this.#current = (this.#current + 1) % length;
    }
    return this.#sketches[this.#current]!;
  }
}
