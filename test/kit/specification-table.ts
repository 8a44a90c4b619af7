// Documents that name, for each row of a specification, the tests that show it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../..");

/** The text of a document. */
export function documentText(name: string): string {
  return readFileSync(join(repository, "docs", name), "utf8");
}

/** The cells of the rows below a table's header, `| Row | JS |`, in a document. */
export function rowsOfTable(document: string, head: string): readonly (readonly string[])[] {
  const lines = document.split("\n");
  const first = lines.findIndex((line) => line.startsWith(head)) + 2;
  const end = lines.findIndex((line, i) => i >= first && !line.startsWith("|"));
  return lines
    .slice(first, end === -1 ? undefined : end)
    .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, "").trim()));
}

/** The tests named in a cell. */
export function testsIn(cell = ""): readonly string[] {
  return [...cell.matchAll(/“([^”]+)”/g)].map(([, name]) => name!);
}

/** Those of `named` that do not exist. */
export function unknownTests(named: readonly string[]): readonly string[] {
  const titles = testTitles();
  return named.filter((name) => !titles.some((title) => title.test(name)));
}

// The titles of all tests, as patterns: placeholders of tables of cases match anything.
function testTitles(): RegExp[] {
  const folder = join(repository, "test");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(folder, file), "utf8");
    const titles = source.matchAll(/(?:\btest(?:\.\w+)?\(|\)\()\s*(["`])((?:(?!\1).)+)\1/g);
    return [...titles].map(([, , title]) => {
      const parts = title!.split(/%[sdj]|\$\{[^}]*\}|\$\w+/);
      return new RegExp(
        `^${parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".+")}$`,
      );
    });
  });
}
