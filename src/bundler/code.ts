// The code by which a file of a bundle adds itself to the list of `recording/bundled-files.ts`.
import { basename } from "node:path";
import { BUNDLED_FILES } from "../recording/bundled-files.ts";
import type { FoundFile } from "./instrumented-files.ts";

const KEY = `Symbol.for(${JSON.stringify(BUNDLED_FILES)})`;
// A minified file may be one line.
const ES_MODULE =
  /^\s*(?:import(?:\s+[\w$]|\s*[{*"'])|export\s*(?:[{*]|default\b|(?:async|function|class|const|let|var)\s))|;export\{[\w$, ]+\};?$/m;
const CLAUSE = /\bexport\s*\{(?<items>[^}]*)\}(?<from>\s*from\s*(?:"[^"]*"|'[^']*'))?/g;

/**
 * The code of a file with the addition at its end, so that lines keep their numbers. Returns `undefined` if the file is not as expected:
 * it does not export what has to be replaced.
 *
 * @param loaded the path of the file.
 */
export function withAddition(file: FoundFile, code: string, loaded: string): string | undefined {
  // Two plugins in one build.
  if (code.includes(KEY)) return code;
  const isEsModule = !loaded.endsWith(".cjs") && (loaded.endsWith(".mjs") || ES_MODULE.test(code));
  if (!isEsModule) return `${code}\n;${addition(file, "module")}`;
  // Another file has the class.
  if (file.path === undefined && file.bundled !== undefined && !loaded.endsWith(basename(file.bundled)))
    return code;
  if (file.replaces !== undefined) return withVariables(file, file.replaces, code);
  const itself = `import * as tachymeter_exports from ${JSON.stringify(`./${basename(loaded)}`)};`;
  return `${code}\n;${itself}${addition(file, "{exports:tachymeter_exports}")}`;
}

function addition({ library, version, path }: FoundFile, module: string): string {
  const facts = JSON.stringify({ library, version, path }).slice(1, -1);
  return `(globalThis[${KEY}]=globalThis[${KEY}]||[]).push({${facts},module:${module}});\n`;
}

// Exports of an ES module can only be assigned if they are its own variables.
function withVariables(file: FoundFile, names: readonly string[], code: string): string | undefined {
  const ends: string[] = [];
  let changed = code;
  for (const name of names) {
    const found = ends.length;
    const variable = `tachymeter_${name}`;
    const original = `tachymeter_original_${name}`;
    const declared = new RegExp(`^export(?= (?:async )?(?:function|class) ${name}\\b)`, "m");
    changed = changed.replace(declared, () => {
      ends.push(`var ${variable}=${name};`);
      return "      ";
    });
    changed = changed.replaceAll(CLAUSE, (clause, list: string, from: string = "") => {
      const items = list.split(",");
      const index = items.findIndex((item) => namesOf(item).at(-1) === name);
      const [item = ""] = items.splice(index, index === -1 ? 0 : 1);
      if (item === "") return clause;
      const [source = name] = namesOf(item);
      if (from === "") ends.push(`var ${variable}=${source};`);
      else ends.push(`import{${source} as ${original}}${from};var ${variable}=${original};`);
      return `export {${items.join(",")}${item.replaceAll(/[^\n]/g, "")}}${from}`;
    });
    // Another one may be part of a comment.
    if (ends.length !== found + 1) return undefined;
    ends[found] += `export{${variable} as ${name}};`;
  }
  const fields = names.map(
    (name) => `get ${name}(){return tachymeter_${name}},set ${name}(v){tachymeter_${name}=v}`,
  );
  return `${changed}\n;${ends.join("")}${addition(file, `{exports:{${fields.join(",")}}}`)}`;
}

// The name in the module, and that of the export.
function namesOf(item: string): readonly string[] {
  return item
    .replaceAll(/\/\/.*|\/\*[^]*?\*\//g, "")
    .trim()
    .split(/\s+as\s+/);
}
