// Builds the files of the live page for the browser. `test/build.js` and the tests use the same plugin.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { constants, brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { rolldown } from "rolldown";
import { notedLicenses } from "./notices-in-build.js";

const folder = resolve(import.meta.dirname, "../src/page/app");

/** Inserts the files into `src/page/assets.ts`. A plugin of rolldown and of Vite. */
export function pageAssetsPlugin() {
  return {
    name: "assets of the page",
    enforce: "pre",
    async transform(code, id) {
      if (!id.replaceAll("\\", "/").endsWith("/src/page/assets.ts")) return undefined;
      const assets = Object.fromEntries((await builtAssets()).map(([path, asset]) => [path, packed(asset)]));
      return code.replace(/(?<=const BUILT: Built = )\{\}/, () => JSON.stringify(assets));
    },
  };
}

/** The files: pairs of path and `{ type, content }`. */
export async function builtAssets() {
  const [code, styles] = await Promise.all([bundledCode(), bundledStyles()]);
  const script = code.find(({ isEntry }) => isEntry).fileName;
  const style = hashed("style", "css", styles);
  const page = (name) => {
    const text = readFileSync(resolve(folder, name), "utf8");
    return text
      .replaceAll(/\s*\n\s*/g, "\n")
      .replace('"style.css"', `"page/${style}"`)
      .replace('"main.js"', `"page/${script}"`);
  };
  const html = "text/html; charset=utf-8";
  return [
    ["/", { type: html, content: page("index.html") }],
    ["/page/unauthorized.html", { type: html, content: page("unauthorized.html") }],
    [`/page/${style}`, { type: "text/css; charset=utf-8", content: styles }],
    ...code.map(({ fileName, content }) => [
      `/page/${fileName}`,
      { type: "text/javascript; charset=utf-8", content },
    ]),
  ];
}

async function bundledCode() {
  const bundle = await rolldown({
    input: { app: resolve(folder, "main.tsx") },
    platform: "browser",
    tsconfig: false,
    transform: { jsx: { runtime: "automatic", importSource: "preact" }, target: "es2022" },
    checks: { pluginTimings: false },
    plugins: [lazyFormatters, notedLicenses()],
  });
  const { output } = await bundle.generate({
    format: "esm",
    minify: true,
    comments: false,
    entryFileNames: "[name]-[hash].js",
    chunkFileNames: "[name]-[hash].js",
  });
  await bundle.close();
  return output.map(({ fileName, code, isEntry }) => ({ fileName, content: code, isEntry }));
}

// uPlot makes two formatters when it is loaded, which takes 20 ms. The page formats its values itself.
const NUMBER = "new Intl.NumberFormat(domEnv ? nav.language : 'en-US')";
const ZONE = "new Intl.DateTimeFormat().resolvedOptions().timeZone";
const LAZY = [
  [`const numFormatter = ${NUMBER};`, "let numFormatter;"],
  ["=> numFormatter.format(", `=> (numFormatter ??= ${NUMBER}).format(`],
  [`const localTz = ${ZONE};`, ""],
  ["tz == localTz", `tz == ${ZONE}`],
];
const lazyFormatters = {
  name: "lazy formatters of uPlot",
  transform(code, id) {
    if (!id.endsWith("/uPlot.esm.js")) return undefined;
    return LAZY.reduce((changed, [old, text]) => {
      if (!changed.includes(old)) throw new Error(`uPlot has changed: it has no ${old}`);
      return changed.replace(old, () => text);
    }, code);
  },
};

async function bundledStyles() {
  const { outputFiles } = await build({
    entryPoints: [resolve(folder, "styles/index.css")],
    bundle: true,
    minify: true,
    write: false,
    legalComments: "none",
  });
  return outputFiles[0].text;
}

function hashed(name, extension, content) {
  return `${name}-${digest(content)}.${extension}`;
}

function digest(content) {
  return createHash("sha256").update(content).digest("base64url").slice(0, 8);
}

function packed({ type, content }) {
  const bytes = Buffer.from(content);
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_LGWIN]: 22 },
  });
  return { type, etag: `"${digest(content)}"`, base64: brotli.toString("base64") };
}
