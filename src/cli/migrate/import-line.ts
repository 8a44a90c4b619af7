/** The module with prom-client's API on our engine, so that what stays is on the same endpoint. */
export const KEPT = "tachymeter/prom-client";

type Names = readonly (readonly [name: string, local: string])[];

/**
 * Returns a line that imports names from a module.
 *
 * @param names each may have another name in the file: `["register", "metrics"]` is `register as metrics`
 */
export function importLine(names: Names, from: string, isRequire: boolean): string {
  const list = importList(names, isRequire ? ": " : " as ");
  const module = JSON.stringify(from);
  return isRequire ? `const ${list} = require(${module});` : `import ${list} from ${module};`;
}

/** The names in braces. @param renamed stands between a name and another one in the file */
export function importList(names: Names, renamed = " as "): string {
  return `{ ${names.map(([name, local]) => (name === local ? name : `${name}${renamed}${local}`)).join(", ")} }`;
}
