// `node test/kit/bundle-program.js '{"bundler":"esbuild",…}'`: bundles a program with its imports to one file, `.mjs` or `.cjs`, with the
// settings that a user would write. Rspack, and Rollup with its usual plugins, are installed by `npm run test:matrix -- bundlers`.
import { basename, dirname } from "node:path";

// `plugins` is the URL of our plugins, if they are used.
const { bundler, program, file, external, isMinified, plugins } = JSON.parse(process.argv[2]);
const isEsModule = file.endsWith(".mjs");
const own = plugins === undefined ? [] : [(await import(plugins))[bundler]()];
// Only the one that is used, since some of them take long to load.
const installed = (name) => import(name);
const isExternal = (request) => external.some((each) => request.startsWith(each));

const bundlers = {
  async esbuild() {
    const { build } = await installed("esbuild");
    await build({
      entryPoints: [program],
      outfile: file,
      bundle: true,
      platform: "node",
      format: isEsModule ? "esm" : "cjs",
      minify: isMinified,
      sourcemap: true,
      // Needed by every application for which esbuild converts CommonJS to an ES module.
      banner: isEsModule
        ? {
            js: `import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);`,
          }
        : {},
      external: external.map((each) => `${each}*`),
      plugins: own,
    });
  },
  async rolldown() {
    const { rolldown } = await installed("rolldown");
    const bundled = await rolldown({ input: program, platform: "node", external: isExternal, plugins: own });
    const format = isEsModule ? "esm" : "cjs";
    await bundled.write({ file, format, codeSplitting: false, minify: isMinified, sourcemap: true });
  },
  async rollup() {
    const { rollup } = await installed("rollup");
    const usual = ["node-resolve", "commonjs", "json"].map((name) => installed(`@rollup/plugin-${name}`));
    const [resolve, commonjs, json] = (await Promise.all(usual)).map((plugin) => plugin.default);
    const resolving = resolve({ exportConditions: ["node"], preferBuiltins: true });
    const bundled = await rollup({
      input: program,
      external: isExternal,
      plugins: [resolving, commonjs(), json(), ...own],
    });
    const format = isEsModule ? "esm" : "cjs";
    await bundled.write({ file, format, inlineDynamicImports: true, sourcemap: true });
  },
  rspack: async () => packed((await installed("@rspack/core")).rspack),
  async vite() {
    const { build } = await installed("vite");
    await build({
      configFile: false,
      root: dirname(program),
      logLevel: "warn",
      ssr: { noExternal: true },
      build: {
        ssr: program,
        outDir: dirname(file),
        emptyOutDir: false,
        minify: isMinified && "esbuild",
        sourcemap: true,
        rollupOptions: {
          external: isExternal,
          output: {
            format: isEsModule ? "es" : "cjs",
            entryFileNames: basename(file),
            inlineDynamicImports: true,
          },
        },
      },
      plugins: own,
    });
  },
  webpack: async () => packed((await installed("webpack")).default),
};

function packed(pack) {
  return new Promise((resolve, reject) => {
    const configuration = {
      mode: "production",
      target: "node20",
      entry: program,
      devtool: "source-map",
      externals: ({ request = "", dependencyType }, callback) => {
        if (!isExternal(request)) {
          callback();
          return;
        }
        // A library may require an optional package within a `try`, which a static import would not survive.
        const type = isEsModule && dependencyType === "esm" ? "module" : "node-commonjs";
        callback(undefined, `${type} ${request}`);
      },
      experiments: { outputModule: isEsModule },
      optimization: { minimize: isMinified },
      output: {
        path: dirname(file),
        filename: basename(file),
        ...(isEsModule && { module: true, chunkFormat: "module" }),
      },
      plugins: own,
    };
    pack(configuration, (error, stats) => {
      const problem = error ?? stats.compilation.errors[0];
      for (const { message } of stats?.compilation.warnings ?? []) console.warn(message);
      if (problem === undefined) resolve();
      else reject(problem);
    });
  });
}

await bundlers[bundler]();
