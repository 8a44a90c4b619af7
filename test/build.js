// Builds `dist` of the package in the working directory. The declarations keep their comments, which editors show. The
// JavaScript has none, so that the package holds them twice and not three times: its maps lead to the sources.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const compiler = resolve(import.meta.dirname, "../node_modules/typescript/bin/tsc");
const withoutDeclarations = ["declaration", "declarationMap", "isolatedDeclarations"].flatMap((option) => [
  `--${option}`,
  "false",
]);
// Files that hold upstream's code, whose packages ask for one exact version of the SDK.
const BUNDLED_FILES = ["dist/src/readers/prometheus/upstream.js", "dist/src/readers/otlp/upstream.js"];
// What upstream's exporters share with the application's own copies stays an import.
const SHARED_PACKAGES = ["api", "core", "resources", "sdk-metrics", "semantic-conventions"];
const NOTICE =
  "/*! Contains code of OpenTelemetry's exporters, Copyright The OpenTelemetry Authors, Apache-2.0. */";
// One of them is CommonJS.
const REQUIRE =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

rmSync("dist", { recursive: true, force: true });
compile("--emitDeclarationOnly");
compile("--removeComments", "--noCheck", ...withoutDeclarations);
for (const file of BUNDLED_FILES) await bundle(file);

// It writes in spite of type errors, so that one may look at what else is wrong.
function compile(...options) {
  const { status } = spawnSync(process.execPath, [compiler, "-p", "src", ...options], { stdio: "inherit" });
  process.exitCode ||= status ?? 1;
}

async function bundle(file) {
  await build({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // Their ES modules, of which only what is used is taken.
    mainFields: ["module", "main"],
    external: SHARED_PACKAGES.map((name) => `@opentelemetry/${name}`),
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    banner: { js: `${NOTICE}\n${REQUIRE}` },
    logLevel: "warning",
  });
  rmSync(`${file}.map`, { force: true });
}
