/** Parses a text of another program; `undefined` if it is not JSON. The error would quote it. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
