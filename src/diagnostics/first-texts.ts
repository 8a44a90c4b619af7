// Bounds lists in messages.

const MAX_TEXTS = 50;

/** The first 50 texts, and the number of the others as a further one: `and 7 more`. */
export function firstTexts(texts: readonly string[]): readonly string[] {
  if (texts.length <= MAX_TEXTS) return texts;
  return [...texts.slice(0, MAX_TEXTS), `and ${texts.length - MAX_TEXTS} more`];
}
