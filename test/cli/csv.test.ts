import fc from "fast-check";
import { expect, test } from "vitest";
import { csvText } from "../../src/cli/texts.ts";

test("cells with commas, quotes or line breaks are quoted", () => {
  expect(csvText([["a", "b,c", 'say "x"', "two\nlines", 1.5]])).toBe(
    'a,"b,c","say ""x""","two\nlines",1.5\r\n',
  );
});

test("any cells can be read back", () => {
  const rows = fc.array(fc.array(fc.string({ unit: "binary" }), { minLength: 2, maxLength: 2 }));
  fc.assert(
    fc.property(rows, (given) => {
      expect(readBack(csvText(given))).toEqual(given);
    }),
  );
});

/** Parses rows by the grammar of RFC 4180. */
function readBack(text: string): string[][] {
  const rows: string[][] = [];
  for (let at = 0; at < text.length;) {
    const row: string[] = [];
    do {
      const [cell = ""] = /^(?:"(?:[^"]|"")*"|[^",\r\n]*)/.exec(text.slice(at)) ?? [];
      row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
      at += cell.length + 1;
    } while (text[at - 1] === ",");
    at += 1;
    rows.push(row);
  }
  return rows;
}
