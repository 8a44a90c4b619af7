// Plugins of the build for the packages of upstream that it bundles.
import { existsSync } from "node:fs";
import { resolve } from "node:path";

// Modules that their files require, by our own names.
const NAMES = /^\/(\S+) from (.+)$/;

// One of the exporters is CommonJS: its `require` becomes an import, which bundlers of applications see. Our `TimeoutError`
// knows upstream's by its name, which the build would shorten.
export function requiredByUpstream() {
  const form = /const (\w+) = require\("([^."#][^"]*)"\);/g;
  return {
    name: "required by upstream",
    transform(code, id) {
      if (!id.includes("node_modules")) return undefined;
      const named = code.replace(/class TimeoutError extends Error \{/, '$& static name = "TimeoutError";');
      return named.replaceAll(form, (_, variable, specifier) => {
        const uses = [...code.matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, "g"))];
        const names = new Set(uses.map(([, name]) => name));
        return `const ${variable} = require("/${[...names].join()} from ${specifier}");`;
      });
    },
    resolveId: (specifier) => (NAMES.test(specifier) ? specifier : undefined),
    load(id) {
      const [, names, specifier] = NAMES.exec(id) ?? [];
      return names === undefined ? undefined : `export { ${names} } from "${specifier}";`;
    },
  };
}

// Upstream's OTLP exporters use nothing of its SDK but enumerations. The engine has copies of them, which
// test/engine/exports.test.ts compares; the SDK itself takes 10 ms to load.
export function valuesForUpstream() {
  return {
    name: "values for upstream",
    resolveId: (specifier, importer = "") =>
      specifier === "@opentelemetry/sdk-metrics" && /@opentelemetry[\\/](?:exporter|otlp)-/.test(importer)
        ? resolve("src/engine/sdk-values.ts")
        : undefined,
  };
}

// TypeScript compares enumerations by their names, so the bundle must have each of upstream's once, under its own name.
export function enumsOfUpstream() {
  const copy = /^export declare const (\w+): typeof (\w+);\nexport type \1 = \2;$/gm;
  return {
    name: "enumerations of upstream",
    transform: (code, id) =>
      id.endsWith("sdk-values.d.ts") ? code.replaceAll(copy, "export { $2 as $1 };") : undefined,
  };
}

// From release 3 on, upstream's packages also have declarations for CommonJS, which the bundler would take and wrap.
export function modulesOfUpstream() {
  return {
    name: "modules of upstream",
    resolveId: {
      order: "pre",
      handler(specifier) {
        const file = resolve("node_modules", specifier, "dist/index.d.mts");
        return specifier.startsWith("@opentelemetry/") && existsSync(file) ? file : undefined;
      },
    },
  };
}
