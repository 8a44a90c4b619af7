// V8 makes a substring of 13 characters or more a view of the text it was cut from, which it keeps alive: a path cut from
// a request of a megabyte would hold that megabyte for as long as its series lives. Names of properties are no such views.
const LEAST_VIEW_LENGTH = 13;

const names: Record<string, true> = Object.create(null);

/** The same text, without a longer one behind it; a text that is a constant stays the very same one. */
export function detachString(text: string): string {
  if (text.length < LEAST_VIEW_LENGTH) return text;
  names[text] = true;
  const [own = text] = Object.keys(names);
  Reflect.deleteProperty(names, text);
  return own;
}
