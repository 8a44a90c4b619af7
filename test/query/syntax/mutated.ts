// Random expressions: parts of valid ones, exchanged, repeated, removed and joined.
import type fastCheck from "fast-check";

const PART = /[A-Za-z_:]\w*|[\d.]+\w*|"[^"]*"|'[^']*'|`[^`]*`|\s+|[=!<>]=|[=!]~|./gsu;

/** Expressions that differ from those of `texts` in some parts; most of them are invalid. */
export function mutated(fc: typeof fastCheck, texts: readonly string[]): fastCheck.Arbitrary<string> {
  const parts = [...new Set(texts.flatMap((text) => text.match(PART) ?? []))];
  const change = fc.record({
    at: fc.nat({ max: 40 }),
    kind: fc.constantFrom("remove", "insert", "replace", "repeat"),
    part: fc.constantFrom(...parts),
  });
  return fc
    .record({
      text: fc.constantFrom(...texts),
      second: fc.constantFrom(...texts),
      joint: fc.constantFrom("", "", " + ", " and ", "[5m:]", "(", " by "),
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
    })
    .map(({ text, second, joint, changes }) => {
      const result = [...((joint === "" ? text : `${text}${joint}${second}`).match(PART) ?? [])];
      for (const { at, kind, part } of changes) {
        const index = at % (result.length + 1);
        if (kind === "remove") result.splice(index, 1);
        else if (kind === "insert") result.splice(index, 0, part);
        else if (kind === "replace") result.splice(index, 1, part);
        else result.splice(index, 0, ...result.slice(index, index + 3));
      }
      return result.join("");
    });
}
