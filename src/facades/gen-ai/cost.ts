import type { ModelPrice } from "../../options/prices.ts";
import type { Tokens } from "./usage.ts";

const TOKENS_OF_PRICE = 1_000_000;

/** Returns the cost of the tokens of a call. Tokens without a price of their own have that of the input or the output. */
export function costOf(tokens: Tokens, price: ModelPrice): number {
  const { input = 0, output = 0, cached = 0, cacheWrite = 0, audioInput = 0, audioOutput = 0 } = tokens;
  const plainInput = Math.max(0, input - cached - cacheWrite - audioInput);
  const plainOutput = Math.max(0, output - audioOutput);
  const sum =
    plainInput * price.input +
    cached * (price.cachedInput ?? price.input) +
    cacheWrite * (price.cacheWrite ?? price.input) +
    audioInput * (price.audioInput ?? price.input) +
    plainOutput * price.output +
    audioOutput * (price.audioOutput ?? price.output);
  return sum / TOKENS_OF_PRICE;
}
