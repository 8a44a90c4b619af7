// Lists of included and excluded names, with the wildcards `*` and `?`.

/** Lists of a file. */
export interface Include {
  readonly included?: readonly string[] | undefined;
  readonly excluded?: readonly string[] | undefined;
}

const SPECIAL = /[\\^$.+()[\]{}|]/g;

/** A test for names: those that are included, by default all, and not excluded. */
export function includeTest({ included = ["*"], excluded = [] }: Include): {
  readonly expression: RegExp;
  readonly test: (name: string) => boolean;
} {
  const not = excluded.length === 0 ? "" : `(?!(?:${excluded.map(sourceOf).join("|")})$)`;
  const expression = new RegExp(`^${not}(?:${included.map(sourceOf).join("|")})$`, "s");
  return { expression, test: (name) => expression.test(name) };
}

// Runs of stars are one star, since several of them would make the expression slow.
function sourceOf(pattern: string): string {
  return pattern
    .replaceAll(SPECIAL, String.raw`\$&`)
    .replaceAll(/\*+/g, ".*")
    .replaceAll("?", ".");
}
