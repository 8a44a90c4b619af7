// The parts that are loaded on demand, in the form for Node.js.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

/** The `imports` of package.json that have sources; others have only files in the build. */
export const IMPORTS = Object.fromEntries(
  Object.entries(JSON.parse(readFileSync("package.json", "utf8")).imports).filter(
    ([, files]) => files["tachymeter-source"] !== undefined,
  ),
);

/** Lists of what is loaded on demand. */
export const LISTS = ["src/sdk/on-demand.ts", "instrumentations/index.ts"].map((file) => resolve(file));

/** The end of the ids of modules in the form for Node.js. */
export const IN_NODE = "?node";

/** A plugin of the build: for Node.js, the lists have the places of the parts, from which they are required. */
export function partsAsPlaces() {
  return {
    name: "parts as places",
    resolveId(specifier, importer) {
      if (specifier.endsWith(IN_NODE)) return specifier;
      const list = importer?.endsWith(IN_NODE) && resolve(importer, "..", specifier);
      return LISTS.includes(list) ? list + IN_NODE : undefined;
    },
    load(id) {
      if (!id.endsWith(IN_NODE)) return undefined;
      const file = id.slice(0, -IN_NODE.length);
      return { code: withPlaces(readFileSync(file, "utf8"), file), moduleType: "ts" };
    },
  };
}

/** The code of a list, with the place of each part in place of its import. */
export function withPlaces(code, file) {
  return code.replaceAll(
    /import \* as (\w+) from "(\..*)\.[jt]s";/g,
    (_, name, path) => `const ${name} = "${placeOf(resolve(dirname(file), `${path}.ts`))}";`,
  );
}

// The name in `imports` of package.json by which a source is imported.
function placeOf(source) {
  for (const [place, { "tachymeter-source": pattern }] of Object.entries(IMPORTS)) {
    const [start, end] = resolve(pattern).split("*");
    if (end === undefined && source === start) return place;
    if (end !== undefined && source.startsWith(start) && source.endsWith(end))
      return place.replace("*", source.slice(start.length, -end.length));
  }
  const file = relative(".", source);
  throw new Error(`part "${file}" is missing in \`imports\` of package.json; add it beside the others`);
}
