// Builds `dist` of the package in the working directory: JavaScript and declarations, one file for each entry point of
// package.json and a few shared files. With `--modules <folder>` it builds one file for each source instead, for
// benchmarks and tests that access internals.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { transform } from "esbuild";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { asciiOnly, builtinsByName, denseLines } from "./dense-code.js";
import { IMPORTS, IN_NODE, LISTS, partsAsPlaces, withPlaces } from "./parts-in-build.js";
import { requiredImports } from "./imports-in-build.js";
import { licenseTexts, notedLicenses, noticeOf } from "./notices-in-build.js";
import { pageAssetsPlugin } from "./page-assets.js";
import {
  enumsOfUpstream,
  modulesOfUpstream,
  requiredByUpstream,
  valuesForUpstream,
} from "./upstream-in-build.js";

// All packages except upstream's SDK and exporters, and those that one part needs. Each line of the SDK requires one minor version of
// the API, and package managers install the newest line beside any. A Windows path is not a package.
const OF_SDK = "core|resources|sdk-metrics|semantic-conventions|(?:exporter|otlp)-[^/]*";
const PACKAGES = new RegExp(
  `^(?!@opentelemetry/(?:${OF_SDK})(?:/|$)|re2js$|yaml$|zod(?:/|$)|@modelcontextprotocol/|[A-Za-z]:[\\\\/])[^./]`,
);
// Their ES modules, which are tree-shaken.
const OF_UPSTREAM = {
  conditionNames: ["module", "import", "default"],
  mainFields: ["module", "main"],
  alias: { yaml: resolve("node_modules/yaml/browser/dist/index.js") },
};
// Too small for their own files: words for the command line, the key of a history's store, and the writer of Prometheus' labels. Then
// a collection of upstream's metrics, a pause, renamed metrics, and the sources of further metrics.
const IS_SMALL =
  /\/(?:history\/(?:question|store-of)|bound-text|collection-from-metrics|pause|renamed|metric-source)\.ts$/;
const compiler = resolve(import.meta.dirname, "../node_modules/typescript/bin/tsc");
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const entries = entryPoints();
const tools = Object.values(manifest.bin).map((file) => basename(file));

const { values } = parseArgs({ options: { modules: { type: "string" } } });
if (values.modules === undefined) {
  rmSync("dist", { recursive: true, force: true });
  const namesOf = await bundleModules();
  await writeRegisterForRequire();
  await bundleDeclarations();
  markTypes(namesOf);
  writeFileSync("dist/licenses.txt", licenseTexts());
} else await compileModules(values.modules);

// Returns the names that each entry point exports.
async function bundleModules() {
  const reached = reachedFromEntries();
  const ofParts = entriesOfParts();
  const bundle = await rolldown({
    input: mapValues(bundledFiles(), (source) => resolve(source)),
    platform: "node",
    // A package's own imports, with names that start with "#", are bundled with it.
    external: (id, importer) =>
      PACKAGES.test(id) && !(id.startsWith("#") && importer?.includes("node_modules")),
    resolve: OF_UPSTREAM,
    plugins: [
      entriesByUrl(),
      codeOfWorkers(),
      pageAssetsPlugin(),
      partsAsFiles(),
      partsAsPlaces(),
      ofParts,
      reached,
      requiredByUpstream(),
      valuesForUpstream(),
      builtinsByName(),
      requiredImports(),
      denseLines(),
      asciiOnly(),
      notedLicenses(),
    ],
    experimental: { attachDebugInfo: "none" },
    checks: { pluginTimings: false },
  });
  await bundle.write({
    dir: "dist",
    ...fileNames("js"),
    codeSplitting: { groups: sharedFiles(reached.api) },
    comments: { legal: false, annotation: false, jsdoc: false },
    banner: ({ fileName, moduleIds }) => {
      return tools.includes(fileName) ? "#!/usr/bin/env node" : noticeOf(moduleIds);
    },
  });
  await bundle.close();
  return ofParts.api.namesOf;
}

// Not every loader can require an ES module, and `tachymeter/register` must load in each.
async function writeRegisterForRequire() {
  const { code } = await transform(readFileSync("dist/register.js", "utf8"), {
    format: "cjs",
    logLevel: "error",
    minifyWhitespace: true,
  });
  writeFileSync("dist/register.cjs", code);
  // The entry point has no names.
  writeFileSync("dist/register.d.cts", "export {};\n");
}

// TypeScript strips internal declarations, so its output is bundled.
async function bundleDeclarations() {
  const folder = mkdtempSync("types-");
  const declarations = dts({ dtsInput: true, tsconfig: false });
  try {
    compile("--emitDeclarationOnly", "--declarationMap", "false", "--outDir", folder);
    const bundle = await rolldown({
      input: mapValues(entries, (source) => resolve(folder, source.replace(/\.ts$/, ".d.ts"))),
      external: PACKAGES,
      plugins: [modulesOfUpstream(), enumsOfUpstream(), declarations, notedLicenses()],
      experimental: { attachDebugInfo: "none" },
      checks: { pluginTimings: false },
    });
    await bundle.write({
      dir: "dist",
      ...fileNames("d.ts"),
      codeSplitting: { groups: [{ name: "types", minShareCount: 2 }] },
    });
    await bundle.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// The bundler drops the word `type` in the exports of entry points. A class of which only the type is exported would
// look like a value.
function markTypes(namesOf) {
  for (const [name, names] of namesOf) {
    const file = join("dist", `${name}.d.ts`);
    const mark = (each) => (names.includes(each.split(" as ").at(-1)) ? each : `type ${each}`);
    const marked = (list) => list.replaceAll(/\b(?:type )?(\w+(?: as \w+)?)/g, (_, each) => mark(each));
    const code = readFileSync(file, "utf8");
    writeFileSync(file, code.replace(/(?<=\bexport \{)[^}]*(?=\};\s*$)/, marked));
  }
}

async function compileModules(folder) {
  const withoutDeclarations = ["declaration", "declarationMap", "isolatedDeclarations"];
  compile("--outDir", folder, "--noCheck", ...withoutDeclarations.flatMap((name) => [`--${name}`, "false"]));
  const moduleOf = (source) => source.replace(/\.ts$/, ".js");
  const imports = mapValues(IMPORTS, ({ "tachymeter-source": source }) => moduleOf(source));
  for (const list of LISTS) {
    const file = join(folder, moduleOf(relative(".", list)));
    writeFileSync(file, withPlaces(readFileSync(file, "utf8"), list));
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", imports }));
}

// It writes despite type errors, so that other errors are found too.
function compile(...options) {
  const { status } = spawnSync(process.execPath, [compiler, "-p", "src", ...options], { stdio: "inherit" });
  process.exitCode ||= status ?? 1;
}

// Files that are found by their URLs, such as those of worker threads, are separate entries.
function entriesByUrl() {
  return {
    name: "entries by URL",
    transform(code, id) {
      if (id.includes("node_modules")) return undefined;
      const found = code.replaceAll(/new URL\("([^"]+)\.js", import\.meta\.url\)/g, (_, path) => {
        const fileName = `${basename(path)}.js`;
        this.emitFile({ type: "chunk", id: resolve(id, "..", `${path}.ts`), fileName });
        // Bundlers of applications would copy only this file, without its imports.
        return `new URL(...["./${fileName}", import.meta.url])`;
      });
      // Undefined in the CommonJS output of esbuild.
      const url = "(import.meta.url ?? urlFromPath(__filename).href)";
      const withUrl = found.replaceAll("import.meta.url", url);
      return withUrl === found
        ? found
        : `import { pathToFileURL as urlFromPath } from "node:url";\n${withUrl}`;
    },
  };
}

// `x-code.ts` exports the code of `x-worker.ts`, with all its imports, as a string.
function codeOfWorkers() {
  return {
    name: "code of workers",
    async transform(code, id) {
      if (!id.endsWith("-code.ts")) return undefined;
      const worker = await rolldown({
        input: id.replace(/-code\.ts$/, "-worker.ts"),
        platform: "node",
        resolve: OF_UPSTREAM,
        plugins: [notedLicenses()],
      });
      const { output } = await worker.generate({
        format: "cjs",
        codeSplitting: false,
        comments: false,
        minify: true,
      });
      await worker.close();
      return code.replace(/(?<=: string \| undefined = )undefined/, () => JSON.stringify(output[0].code));
    },
  };
}

// The sources of the entry points, by the names of their files in `dist`.
function entryPoints() {
  const conditions = Object.values(manifest.exports).filter((each) => typeof each !== "string");
  return Object.fromEntries(
    conditions.map((each) => [basename(each.default, ".js"), each["tachymeter-source"]]),
  );
}

// Modules shared by several entry points, in as few files as possible: each file has the modules that no file before it
// has. An entry point that is loaded alone must not load modules that it does not need.
function sharedFiles({ from, isAboveParts }) {
  const readers = ["endpoint", "otlp", "json", "history", "push"];
  const ofSeveral = (names, id) => names.filter((name) => from(name, id)).length > 1;
  const isOfReaders = (id) =>
    readers.filter((reader) => from(reader, id)).length > (from("register-main", id) ? 0 : 1);
  const isOfEndpoint = (id) => ["endpoint", "register-main", "index"].some((name) => from(name, id));
  const isOfSenders = (id) =>
    ofSeveral(["otlp", "prometheus"], id) || /\/(?:retry-after|http-destination)\.ts$/.test(id);
  const isOfQueries = (id) =>
    ["live-query", "query", "select", "alerts"].filter((name) => from(name, id)).length >
    (from("alerts", id) ? 1 : 0);
  const groups = [
    // A worker thread loads nothing else, and with its first meter the next one.
    ["thread", (id) => from("register-thread", id) || /\/(?:loaded-part|own-worker)\.ts$/.test(id)],
    [
      "member",
      (id) =>
        (from("thread-member", id) && !id.endsWith("/thread-member.ts")) ||
        (from("group-reporter", id) && from("register-main", id)) ||
        id.endsWith("/io/files/runtime-directory.ts"),
    ],
    [
      "merge",
      (id) =>
        (from("group-reporter", id) && !/\/(?:tachymeter-group-reporter|live-state)\.ts$/.test(id)) ||
        /\/group\/processes\/(?:identity|departed)\.ts$/.test(id),
    ],
    ["collector", (id) => (from("facades", id) && from("register-main", id)) || IS_SMALL.test(id)],
    // Those that an application uses or not.
    ["facades", (id) => from("facades", id)],
    // Upstream's detector imports a file for each operating system on demand.
    ["engine", (id) => from("metrics", id) || id.includes("/machine-id/")],
    ["bridge", (id) => ofSeveral(["prom-client", "instrumentation-prom-client"], id)],
    // The first scrape loads it.
    [
      "rendering",
      (id) =>
        /\/readers\/prometheus\/(?:rendering|(?:document|text|protobuf)\/[^/]+)\.ts$/.test(id) ||
        (id.includes("/src/translation/") && !from("register-main", id) && !from("endpoint", id)),
    ],
    ["readers", (id) => (isOfReaders(id) && isOfEndpoint(id)) || id.endsWith("/io/bytes/writer.ts")],
    ["endpoint", (id) => ofSeveral(["endpoint", "prometheus"], id)],
    ["senders", (id) => isOfReaders(id) || isOfSenders(id)],
    // The loader of parts has its own file, since bundlers that import all parts at once must load them first.
    [
      "base",
      (id) =>
        ["register-main", "index", "on-demand-node"].some((name) => from(name, id)) &&
        !isAboveParts(id) &&
        !id.endsWith(IN_NODE),
    ],
    // Except the module that starts, or runs the tool: parts that are loaded on demand meanwhile must not import it.
    ["start", (id) => (from("register-main", id) || from("index", id)) && !id.endsWith("/register-main.ts")],
    ["tool", (id) => from("tool", id) && id.includes("/src/cli/") && !id.endsWith("/tachymeter.ts")],
    [
      "instrumentations",
      (id) =>
        id.includes("/instrumentations/shared/") ||
        ofSeveral(["instrumentation-redis", "instrumentation-ioredis"], id) ||
        ofSeveral(["bundler", "module-sources"], id),
    ],
    ["frameworks", (id) => ofSeveral(["fastify", "nestjs", "lambda"], id)],
    // A history and its thread are loaded without queries, and queries of live samples without the store.
    ["stored", (id) => isOfQueries(id) && ["history", "history-worker"].some((name) => from(name, id))],
    ["models", (id) => /\/src\/history\/(?:models\/|analysis\/level-changes\.ts$)/.test(id)],
    ["query", (id) => isOfQueries(id) && !/\/(?:live-query|query\/index)\.ts$/.test(id)],
    // The test kit evaluates rules, too.
    ["rules", (id) => from("alerts", id) && from("testing", id)],
  ];
  return groups.map(([name, test], index) => ({ name, test, priority: groups.length - index }));
}

// The modules that an entry point loads at once.
function reachedFromEntries() {
  const sets = new Map();
  const aboveParts = new Set();
  return {
    name: "reached from entries",
    api: {
      from: (entry, id) => (sets.get(partsOf(entry)) ?? sets.get(entry)).has(id.replaceAll("\\", "/")),
      isAboveParts: (id) => aboveParts.has(id),
    },
    buildEnd() {
      const climb = (id) => {
        if (aboveParts.has(id)) return;
        aboveParts.add(id);
        for (const importer of this.getModuleInfo(id)?.importers ?? []) climb(importer);
      };
      for (const id of this.getModuleIds()) {
        if (this.getModuleInfo(id)?.importedIds.includes("#on-demand") === true) climb(id);
      }
      for (const [name, source] of Object.entries({
        ...bundledFiles(),
        "register-thread": "src/sdk/register-thread.ts",
        "group-reporter": "src/group/reporter/tachymeter-group-reporter.ts",
        "history-worker": "src/history/thread/tachymeter-history-worker.ts",
        select: "src/history/select/select.ts",
        tool: "src/cli/tachymeter.ts",
      })) {
        const found = new Set();
        const visit = (id) => {
          const path = id.replaceAll("\\", "/");
          if (found.has(path)) return;
          found.add(path);
          for (const imported of this.getModuleInfo(id)?.importedIds ?? []) visit(imported);
        };
        visit(resolve(source));
        sets.set(name, found);
      }
    },
  };
}

// For bundlers, the lists import the files of the parts, which are separate entries.
function partsAsFiles() {
  const files = new Map(
    Object.entries(bundledFiles()).map(([name, source]) => [resolve(source), `./${name}.js`]),
  );
  return {
    name: "parts as files",
    resolveId(specifier, importer) {
      const file = LISTS.includes(importer) ? files.get(resolve(importer, "..", specifier)) : undefined;
      return file === undefined ? undefined : { id: file, external: true };
    },
  };
}

// A part whose source is `parts.ts` has the names of the entry point beside it, which are public, and further ones.
function entriesOfParts() {
  const namesOf = new Map();
  return {
    name: "entries of parts",
    api: { namesOf },
    generateBundle(_, bundle) {
      for (const [name, source] of Object.entries(entries)) {
        const chunk = bundle[`${name}.js`];
        const names = chunk?.exports ?? this.getModuleInfo(resolve(source)).exports;
        namesOf.set(name, names);
        if (chunk !== undefined) continue;
        const code = `export { ${names.join(", ")} } from "./${partsOf(name)}.js";\n`;
        this.emitFile({ type: "asset", fileName: `${name}.js`, source: code });
      }
    },
  };
}

// The files of entry points and parts, with their sources.
function bundledFiles() {
  const parts = partsOnDemand();
  const whole = Object.entries(entries).filter(([name]) => parts[partsOf(name)] === undefined);
  return { ...Object.fromEntries(whole), ...parts };
}

function partsOf(name) {
  return `${name}-parts`;
}

// The `imports` of package.json, one file each, and the form of `tachymeter/register` for bundlers. `*` is the name of a folder
// with code that is loaded on demand.
function partsOnDemand() {
  const list = readFileSync("instrumentations/index.ts", "utf8");
  const folders = [...list.matchAll(/\* as \w+ from "\.\/([^/]+)\//g)].map(([, folder]) => folder);
  const parts = Object.values(IMPORTS).flatMap(({ "tachymeter-source": source, ...files }) =>
    Object.values(files).flatMap((file) =>
      (source.includes("*") ? folders : [""]).map((folder) => {
        const name = basename(file.replace("*", folder), ".js");
        return [name, source.replace("*", folder) + (name.endsWith("-node") ? IN_NODE : "")];
      }),
    ),
  );
  return { ...Object.fromEntries(parts), "register-bundled": "src/sdk/register-bundled.ts" };
}

// All in one folder, so that files found by their URLs are found from each file.
function fileNames(extension) {
  const entryFileNames = `[name].${extension}`;
  return { format: "esm", entryFileNames, chunkFileNames: `shared-${entryFileNames}` };
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
