// The plugins on libraries that are written here.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build, type Plugin as EsbuildPlugin } from "esbuild";
import { rolldown as bundleByRolldown, type Plugin as RolldownPlugin } from "rolldown";
import { expect, test } from "vitest";
import type { PluginOption } from "vite";
import type { WebpackPluginInstance } from "webpack";
import { withTachymeter } from "../../src/bundler/next.ts";
import { esbuild, rolldown, rollup, rspack, vite, webpack } from "../../src/bundler/index.ts";
import { BUNDLED_FILES, type BundledFile } from "../../src/recording/bundled-files.ts";
import { newFolder } from "../kit/new-folder.ts";

/** A package: its files by their paths. */
interface Package {
  readonly name: string;
  readonly version: string | undefined;
  readonly main?: string;
  readonly sideEffects?: boolean;
  readonly files: Readonly<Record<string, string>>;
}

const CIRCUIT: Package = {
  name: "opossum",
  version: "9.0.0",
  main: "index.js",
  files: {
    "index.js": `module.exports = require("./lib/circuit");`,
    // Without a line break at its end.
    "lib/circuit.js": `module.exports = class Circuit {}\n//# sourceMappingURL=circuit.js.map`,
  },
};
const HONO: Package = {
  name: "hono",
  version: "4.9.1",
  main: "dist/index.js",
  files: {
    "dist/index.js": `import { Context } from "./hono.js";\nimport { Hono } from "./hono.js";\nexport {\n  Context,\n  Hono\n};\n`,
    "dist/hono.js": `export class Context {}\nexport class Hono {}`,
  },
};
const LIGHTSHIP: Package = {
  name: "lightship",
  version: "9.0.3",
  main: "dist/index.js",
  files: {
    "dist/index.js": `export { createLightship } from './create.js';`,
    "dist/create.js": `export const createLightship = () => "ship";`,
  },
};
const GRAPHQL: Package = {
  name: "graphql",
  version: "16.1.0",
  main: "execution/execute.mjs",
  files: {
    "execution/execute.mjs": `export function execute() { return "result"; }
export function executeSync() { return execute(); }`,
  },
};

/** Installs packages beside a program. Returns the path of the program. */
function install(packages: readonly Package[], program: string): string {
  const home = newFolder("bundler");
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  for (const { name, files, ...manifest } of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, ...manifest }));
    for (const [path, text] of Object.entries(files)) write(`node_modules/${name}/${path}`, text);
  }
  write("main.mjs", program);
  return join(home, "main.mjs");
}

interface Bundled {
  readonly code: string;
  readonly warnings: readonly string[];
}

const bundlers: Readonly<Record<string, (program: string, external?: string[]) => Promise<Bundled>>> = {
  async esbuild(program, external = []) {
    const { outputFiles, warnings } = await build({
      entryPoints: [program],
      bundle: true,
      write: false,
      platform: "node",
      format: "cjs",
      external,
      logLevel: "silent",
      plugins: [esbuild()],
    });
    return { code: outputFiles[0]?.text ?? "", warnings: warnings.map(({ text }) => text) };
  },
  async rolldown(program, external = []) {
    const warnings: string[] = [];
    const bundle = await bundleByRolldown({
      input: program,
      platform: "node",
      external,
      // The second one finds the work of the first.
      plugins: [rolldown(), rolldown()],
      onLog: (_, { message }) => void warnings.push(message),
    });
    const { output } = await bundle.generate({ format: "cjs" });
    return { code: output[0].code, warnings: [...new Set(warnings)] };
  },
};

/** Runs a bundle. Returns its exports, and the files that have added themselves. */
function run(
  code: string,
  found: (file: BundledFile) => void = () => {},
): { exports: object; files: string[] } {
  const files: string[] = [];
  const push = ({ library, version, path = "", module }: BundledFile): void => {
    files.push(`${library} ${version} ${path}`.trim());
    found({ library, version, path, module });
  };
  const exports = {};
  const require = (name: string): string => name;
  const context = createContext({ module: { exports }, exports, require });
  Reflect.set(context, Symbol.for(BUNDLED_FILES), { push });
  runInContext(code, context);
  return { exports: context["module"].exports, files };
}

/** Replaces exports of each file by the word "replaced". */
const replace =
  (...names: readonly string[]) =>
  ({ module }: BundledFile): void => {
    if (names.length === 0) module.exports = "replaced";
    else for (const name of names) Reflect.set(Object(module.exports), name, "replaced");
  };

test.each(Object.keys(bundlers))(
  "files that %s bundles hand over exports that can be replaced",
  async (name) => {
    const program = install(
      [CIRCUIT, HONO, LIGHTSHIP, GRAPHQL],
      `import Circuit from "opossum";
     import { Context, Hono } from "hono";
     import { createLightship } from "lightship";
     import { execute, executeSync } from "graphql";
     export const all = [Circuit, typeof Context, Hono, createLightship, execute, executeSync()];`,
    );
    const { code, warnings } = await bundlers[name]!(program);
    expect(warnings).toEqual([]);
    const { exports, files } = run(code, (file) =>
      replace(
        ...({ hono: ["Hono"], lightship: ["createLightship"], graphql: ["execute"] }[file.library] ?? []),
      )(file),
    );
    expect(files).toEqual([
      "opossum 9.0.0 lib/circuit.js",
      "hono 4.9.1",
      "lightship 9.0.3",
      "graphql 16.1.0 execution/execute.js",
    ]);
    // A call within the file is part of the one that is seen.
    expect(exports).toHaveProperty("all", [
      "replaced",
      "function",
      "replaced",
      "replaced",
      "replaced",
      "result",
    ]);
  },
);

test.each(Object.keys(bundlers))("without a running Tachymeter, what %s has written works", async (name) => {
  const { code } = await bundlers[name]!(install([CIRCUIT], `export { default } from "opossum";`));
  const context = createContext({ module: {}, exports: {} });
  runInContext(code, context);
  expect(runInContext(`globalThis[Symbol.for("${BUNDLED_FILES}")].length`, context)).toBe(1);
});

test.each(Object.keys(bundlers))(
  "a version that is not supported is reported by %s, and not changed",
  async (name) => {
    const versions = ["11.0.0", "9.0.0-beta.1", undefined];
    for (const version of versions) {
      const program = install([{ ...CIRCUIT, version }], `export { default } from "opossum";`);
      const { code, warnings } = await bundlers[name]!(program);
      expect(warnings).toEqual([
        expect.stringContaining(
          `instrumentation opossum: opossum ${version ?? "of an unknown version"} is not instrumented; supported versions: >=5.0.0 <11`,
        ),
      ]);
      expect(code).not.toContain(BUNDLED_FILES);
    }
  },
);

test.each(Object.keys(bundlers))(
  "each copy of a library in a bundle of %s has its own version",
  async (name) => {
    const nested = { ...CIRCUIT, name: "dependency/node_modules/opossum", version: "8.1.4" };
    const refused = { ...CIRCUIT, name: ".pnpm/opossum@4.0.0/node_modules/opossum", version: "4.0.0" };
    const program = install(
      [CIRCUIT, nested, refused],
      `import "opossum"; import "./node_modules/${nested.name}/index.js"; import "./node_modules/${refused.name}/index.js";`,
    );
    const { code, warnings } = await bundlers[name]!(program);
    expect(run(code).files).toEqual(["opossum 9.0.0 lib/circuit.js", "opossum 8.1.4 lib/circuit.js"]);
    expect(warnings).toEqual([expect.stringContaining("opossum 4.0.0 is not instrumented")]);
  },
);

test.each(Object.keys(bundlers))(
  "a file that is not as expected is reported by %s, and not changed",
  async (name) => {
    const files = { "dist/index.js": `export default class Hono {}` };
    const { code, warnings } = await bundlers[name]!(
      install([{ ...HONO, files }], `export { default } from "hono";`),
    );
    expect(warnings).toEqual([
      expect.stringContaining("instrumentation http: hono is not instrumented: its entry is not as expected"),
    ]);
    expect(code).not.toContain(BUNDLED_FILES);
  },
);

test.each(Object.keys(bundlers))(
  "what %s keeps external stays as it is, and so do other packages",
  async (name) => {
    const other = { ...CIRCUIT, name: "opossum-prometheus" };
    const program = install(
      [CIRCUIT, other],
      `import "opossum-prometheus"; export { default } from "opossum";`,
    );
    const { code, warnings } = await bundlers[name]!(program, ["opossum"]);
    expect(run(code).files).toEqual([]);
    expect(warnings).toEqual([]);
  },
);

test.each(Object.keys(bundlers))("an entry that only exports other files is seen by %s", async (name) => {
  const library = {
    name: "openai",
    version: "6.0.0",
    main: "index.mjs",
    sideEffects: false,
    files: {
      "index.mjs": `export * from "./client.mjs";`,
      "client.mjs": "export class OpenAI {}",
    },
  };
  const { code, warnings } = await bundlers[name]!(
    install([library], `import { OpenAI } from "openai"; export { OpenAI };`),
  );
  expect(run(code).files).toEqual(["openai 6.0.0"]);
  expect(warnings).toEqual([]);
});

test.each([
  ["file", ["hono 4.9.1"], expect.any(Function)],
  ["zip", [], ["?pack", "of the resolver"]],
])(
  "another plugin of esbuild resolves as without ours to the namespace %s",
  async (namespace, measured, Hono) => {
    const program = install([HONO], `import { Hono } from "hono"; export { Hono };`);
    const entry = program.replace("main.mjs", "node_modules/hono/dist/index.js");
    const places: unknown[] = [];
    const resolver: EsbuildPlugin = {
      name: "resolver",
      setup(other) {
        other.onResolve({ filter: /^hono$/ }, ({ importer, namespace: of, kind, pluginData }) => {
          places.push([importer, of, kind, pluginData]);
          return { path: entry, namespace, suffix: "?pack", pluginData: "of the resolver" };
        });
        other.onLoad({ filter: /hono/, namespace: "zip" }, ({ suffix, pluginData }) => ({
          contents: `export const Hono = ${JSON.stringify([suffix, pluginData])};`,
        }));
      },
    };
    const { outputFiles } = await build({
      entryPoints: [program],
      bundle: true,
      write: false,
      format: "cjs",
      plugins: [esbuild(), resolver],
    });
    expect(new Set(places.map(String))).toEqual(new Set([`${program},file,import-statement,`]));
    const { exports, files } = run(outputFiles[0]?.text ?? "");
    expect(files).toEqual(measured);
    expect(exports).toEqual({ Hono });
  },
);

test("an export that is also in a comment is not as expected, and one beside comments is", () => {
  const file = install([HONO], "").replace("main.mjs", "node_modules/hono/dist/index.js");
  const warnings: string[] = [];
  const changed = (code: string): unknown =>
    rollup().transform.handler.call({ warn: (problem) => void warnings.push(problem) }, code, file)?.code;
  expect(changed(`// export { Hono } once.\nimport { Hono } from "./hono.js";\nexport { Hono };`)).toBe(
    undefined,
  );
  expect(changed(`/* export { Hono } */\nexport class Hono {}`)).toBe(undefined);
  expect(warnings).toHaveLength(2);
  const beside = changed(`class Context {}\nclass Hono {}\nexport {\n  Context, // the first\n  Hono,\n};`);
  expect(beside).toMatch(/export \{\n {2}Context,\n\n\};\n;var tachymeter_Hono=Hono;/);
  expect(warnings).toHaveLength(2);
});

test("a variable whose name begins like an import makes no ES module", () => {
  const file = install([HONO], "").replace("main.mjs", "node_modules/hono/dist/index.js");
  const warn = (problem: string): never => expect.fail(problem);
  const source = `var import_node = require("node:fs");\nmodule.exports = [\n  import_node.a,\n];`;
  const changed = rollup().transform.handler.call({ warn }, source, file)?.code;
  expect(changed).toContain("module:module");
});

test("an ES module of one line is recognized by the export at its end", () => {
  const file = install([HONO], "").replace("main.mjs", "node_modules/hono/dist/index.js");
  const warn = (problem: string): never => expect.fail(problem);
  const changed = rollup().transform.handler.call({ warn }, "class a{};export{a as Hono};", file)?.code;
  expect(changed).toContain("var tachymeter_Hono=a;export{tachymeter_Hono as Hono};");
});

test("lines keep their numbers", () => {
  for (const { name, main = "", files } of [HONO, LIGHTSHIP, GRAPHQL]) {
    const program = install([HONO, LIGHTSHIP, GRAPHQL], "");
    const original = `${files[main]}\n// last`;
    const warn = (problem: string): never => expect.fail(problem);
    const file = program.replace("main.mjs", `node_modules/${name}/${main}`);
    const { code = "" } = rollup().transform.handler.call({ warn }, original, file) ?? {};
    expect(code).toContain(BUNDLED_FILES);
    expect(code.split("\n").indexOf("// last")).toBe(original.split("\n").indexOf("// last"));
  }
});

test("the plugins have the types that the bundlers declare", () => {
  const plugins: readonly [
    EsbuildPlugin,
    WebpackPluginInstance,
    WebpackPluginInstance,
    RolldownPlugin,
    PluginOption,
  ] = [esbuild(), webpack(), rspack(), rolldown(), vite()];
  expect(new Set(plugins.map((plugin) => Reflect.get(Object(plugin), "name")))).toEqual(
    new Set(["tachymeter", undefined]),
  );
});

test("the configuration of Next.js keeps its own settings", async () => {
  const own = {
    output: "standalone",
    serverExternalPackages: ["sharp", "pg"],
    outputFileTracingIncludes: { "/*": ["./fonts/**"], "/api/*": ["./templates/**"] },
    transpilePackages: ["kafkajs"],
  };
  const changed = withTachymeter(own);
  expect(changed).toMatchObject({ output: "standalone", transpilePackages: ["kafkajs"] });
  expect(changed.outputFileTracingIncludes).toEqual({
    "/*": ["./fonts/**", "./node_modules/tachymeter/dist/**"],
    "/api/*": ["./templates/**"],
  });
  const external = changed.serverExternalPackages;
  expect(external.filter((name) => name === "pg")).toHaveLength(1);
  expect(external).toEqual(
    expect.arrayContaining(["sharp", "tachymeter", "@opentelemetry/api", "express", "mongodb"]),
  );
  expect(external).not.toContain("kafkajs");
  const byPhase = withTachymeter(async (phase: string) => ({ distDir: phase }));
  expect(await byPhase("build")).toMatchObject({
    distDir: "build",
    serverExternalPackages: expect.arrayContaining(["kafkajs"]),
  });
});
