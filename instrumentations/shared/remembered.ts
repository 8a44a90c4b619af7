// What was worked out for names that come again and again, of bounded number and size.

const MAX_NAMES = 1_000;
// What is longer is worked out each time: a thousand keys of a megabyte are a gigabyte.
const MAX_LENGTH = 512;

/** Keeps `value` for `name` in `known`, which starts anew where it is full; nothing for names of more than 512 characters. */
export function remember<Value>(known: Map<string, Value>, name: string, value: Value): void {
  if (name.length > MAX_LENGTH) return;
  if (known.size >= MAX_NAMES) known.clear();
  known.set(name, value);
}
