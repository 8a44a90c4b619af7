// Option `prices`.
import { type Check, isObject, text } from "./check.ts";

/** Prices of a model, for a million tokens each. */
export interface ModelPrice {
  /** Price of the input. */
  readonly input: number;
  /** Price of the output. */
  readonly output: number;
  /** Price of the input that was read from a cache. @defaultValue that of the input */
  readonly cachedInput?: number | undefined;
  /** Price of the input that was written to a cache. @defaultValue that of the input */
  readonly cacheWrite?: number | undefined;
  /** Price of audio in the input. @defaultValue that of the input */
  readonly audioInput?: number | undefined;
  /** Price of audio in the output. @defaultValue that of the output */
  readonly audioOutput?: number | undefined;
  /** Currency, as in ISO 4217. @defaultValue `"USD"` */
  readonly currency?: string | undefined;
}

const NUMBERS: ReadonlySet<string> = new Set([
  "input",
  "output",
  "cachedInput",
  "cacheWrite",
  "audioInput",
  "audioOutput",
]);

/** Prices by the name of a model. */
export const PRICES: Check<Readonly<Record<string, ModelPrice>>> = {
  must: 'be prices of models for a million tokens, such as { "gpt-5": { input: 1.25, cachedInput: 0.125, output: 10 } }',
  read: (value) => (arePrices(value) ? value : undefined),
};

/** Prices, or a JSON file with them. */
export const PRICES_OR_FILE: Check<Readonly<Record<string, ModelPrice>> | string> = {
  must: `${PRICES.must}, or the path of a JSON file with them`,
  read: (value) => text.read(value) ?? PRICES.read(value),
};

function arePrices(value: unknown): value is Readonly<Record<string, ModelPrice>> {
  return isObject(value) && Object.values(value).every(isPrice);
}

function isPrice(value: unknown): value is ModelPrice {
  if (!isObject(value) || value["input"] === undefined || value["output"] === undefined) return false;
  return Object.entries(value).every(([name, part]) => {
    if (part === undefined) return NUMBERS.has(name) || name === "currency";
    if (name === "currency") return typeof part === "string" && /^[A-Z]{3}$/.test(part);
    return NUMBERS.has(name) && typeof part === "number" && Number.isFinite(part) && part >= 0;
  });
}
