// Bounds lists in messages.

const MAX_TEXTS = 50;

/** The texts of the first 50 items, and the number of the others as a further one: `and 7 more`. */
export function firstTexts<Item>(items: readonly Item[], textOf: (item: Item) => string): readonly string[] {
  const texts = items.slice(0, MAX_TEXTS).map((item) => textOf(item));
  return items.length > MAX_TEXTS ? [...texts, `and ${items.length - MAX_TEXTS} more`] : texts;
}

/** The first `most` names in one text: `a, b and 7 more`. */
export function firstNames(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
