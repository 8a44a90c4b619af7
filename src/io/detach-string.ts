// In V8 a substring of 13 characters or more is a view of the string it was cut from, which it keeps alive. A
// path cut from a request of a megabyte would hold that megabyte as long as its series lives. Property names
// are never views.
const LEAST_VIEW_LENGTH = 13;

const names: Record<string, true> = Object.create(null);

/** Returns an equal string that does not keep a longer one alive. Constants are returned as they are. */
export function detachString(text: string): string {
  if (text.length < LEAST_VIEW_LENGTH) return text;
  names[text] = true;
  const [own = text] = Object.keys(names);
  Reflect.deleteProperty(names, text);
  return own;
}
