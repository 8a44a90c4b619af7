// Plug-ins of the build that make the written code, and what it loads, small.
import { transform } from "esbuild";
import { minify } from "rolldown/utils";

// White space and the names of local variables are a third of the code. Node.js prints the line of an error and the names
// of functions, so lines stay short, and functions and classes keep their names.
export function denseLines() {
  return {
    name: "dense lines",
    async generateBundle(_, output) {
      for (const file of Object.values(output)) {
        if (file.type !== "chunk") continue;
        const { code } = await minify(file.fileName, file.code, {
          module: true,
          compress: false,
          // A short name at the top could be that of a banner, such as esbuild's users write for `require`.
          mangle: { toplevel: false, keepNames: { class: true, function: false } },
          codegen: { removeWhitespace: false, legalComments: "inline" },
        });
        const dense = await transform(code, {
          minifyWhitespace: true,
          minifySyntax: true,
          lineLimit: 120,
          legalComments: "inline",
        });
        file.code = withOwnNames(dense.code);
      }
    },
  };
}

// The bundler adds a digit to the inner name of a class that refers to itself. Errors and `console.log` show this name.
function withOwnNames(code) {
  let renamed = code;
  for (const [, name, inner] of code.matchAll(/\b(\w+)=class (\1\d+)\b/g)) {
    const isDeclared = new RegExp(`(?:\\b(?:var|let|const|function|as) |[,{])${inner}\\b(?!\\.)`).test(code);
    if (!isDeclared) renamed = renamed.replaceAll(new RegExp(`\\b${inner}\\b`, "g"), name);
  }
  return renamed;
}

// V8 keeps a source with one character beyond Latin-1 in two bytes for each character.
export function asciiOnly() {
  const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return {
    name: "ASCII only",
    generateBundle(_, output) {
      for (const file of Object.values(output)) {
        if (file.type === "chunk") file.code = file.code.replaceAll(/[\u0080-\uffff]/g, escaped);
      }
    },
  };
}

// An `import` of a built-in module reads all its exports: that of `node:http` loads undici from Node.js 22 on, which takes
// 13 MiB. Applications and tests replace functions of `node:fs`, so its imports stay.
export function builtinsByName() {
  const pattern = /^import (?:([\w$]+),? )?(?:\{ (.*) \} )?from "(node:(?!fs\b)[\w/]+)";$/gm;
  const constant = (name, module) => `const ${name} = process.getBuiltinModule("${module}");`;
  return {
    name: "built-in modules by name",
    generateBundle(_, output) {
      for (const file of Object.values(output)) {
        // This one must get past all hooks of `require`, which see the call, too.
        if (file.type !== "chunk" || file.name === "http-modules") continue;
        file.code = file.code.replaceAll(pattern, (_import, whole, names, module) => {
          const listed = (names ?? "").replaceAll(" as ", ": ").replace(/^default: [\w$]+(?:, )?/, "");
          const own = whole ?? /^default as ([\w$]+)/.exec(names ?? "")?.[1];
          return [own, listed && `{ ${listed} }`]
            .filter(Boolean)
            .map((name) => constant(name, module))
            .join(" ");
        });
      }
    },
  };
}
