// Which messages are repetitions of one another.

// Figures that stand alone: a count, a time, a port. Digits in names, such as `latency.p50`, tell messages apart.
const FIGURES = /(?<=[\s(:=])\d+(?:\.\d+)?(?:[nµm]?s|[KMG]?i?B|%)?(?=[\s,;:)]|$)/g;

/** A message without its figures, the same for all that have one cause. */
export function causeOf(message: string): string {
  return message.replaceAll(FIGURES, "0");
}
