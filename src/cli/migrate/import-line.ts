/** The module with prom-client's API on our engine, so that what stays is on the same endpoint. */
export const KEPT = "tachymeter/prom-client";

/**
 * Returns a line that imports names from a module.
 *
 * @param names each may have another name in the file: `["register", "metrics"]` is `register as metrics`
 */
export function importLine(
  names: readonly (readonly [name: string, local: string])[],
  from: string,
  isRequire: boolean,
): string {
  const renamed = isRequire ? ": " : " as ";
  const list = names.map(([name, local]) => (name === local ? name : `${name}${renamed}${local}`)).join(", ");
  const module = JSON.stringify(from);
  return isRequire ? `const { ${list} } = require(${module});` : `import { ${list} } from ${module};`;
}
