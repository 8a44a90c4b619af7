// Files of the build that others load with `import()`.

const OWN_FILE = /\bimport\("(\.\/[\w-]+\.js)"\)/g;
const IN_BUNDLES = "export const imported = (_path, load) => load();\n";
// Without Node's modules, or without the file beside it, the import does it.
const IN_NODE = `let require;
export async function imported(path, load) {
  try {
    require ??= process.getBuiltinModule("node:module").createRequire(import.meta.url);
    return require(path);
  } catch {
    return load();
  }
}
`;

/**
 * Instrumentations are required as soon as their library is loaded. Node.js can't require a file that is just being imported,
 * also if another one imports it. So in Node.js nothing is: the build has `imported("./x.js", () => import("./x.js"))` in
 * place of each import, and the first function requires the file. Bundlers have the condition `module`, and follow the import.
 */
export function requiredImports() {
  return {
    name: "required imports",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "chunk") continue;
        const code = file.code.replaceAll(OWN_FILE, (all, path) => `imported("${path}", () => ${all})`);
        if (code !== file.code) file.code = withImport(code);
      }
      this.emitFile({ type: "asset", fileName: "imported.js", source: IN_BUNDLES });
      this.emitFile({ type: "asset", fileName: "imported-node.js", source: IN_NODE });
    },
  };
}

// The first line of a tool is that of its interpreter.
function withImport(code) {
  const line = 'import { imported } from "#imported";\n';
  return code.startsWith("#!") ? code.replace("\n", `\n${line}`) : line + code;
}
