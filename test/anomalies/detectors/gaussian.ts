import type { Random } from "../../kit/random.ts";

/** Returns a source of numbers with a standard normal distribution (Box and Muller). */
export function gaussian(random: Random): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random.share())) * Math.cos(2 * Math.PI * random.share());
}
