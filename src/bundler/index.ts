/**
 * Plugins for bundlers: libraries that a bundler makes part of one file are measured like those that are loaded from
 * `node_modules`. They are loaded at build time only. The application itself loads `tachymeter/register` as usual, by the flag or as its
 * first import.
 *
 * @module tachymeter/bundler
 */
import { fileURLToPath } from "node:url";
import { readTextSync } from "../io/files/open-file.ts";
import { isInstrumented, libraryFiles, libraryNames } from "./instrumented-files.ts";
import { type Transformed, transformed } from "./transformed.ts";
import { INSTRUMENTATIONS } from "#on-demand";

const name = "tachymeter";
const all = Object.values(INSTRUMENTATIONS).map(([each]) => each);
const LIBRARY_FILES = libraryFiles(all);
const LIBRARIES = libraryNames(all);
const instrument = (loaded: string, read: () => string): Transformed => transformed(loaded, read, all);

/** The part of esbuild's `PluginBuild` that the plugin uses. */
export interface EsbuildBuild {
  /** Calls `resolve` for each import whose name matches. */
  onResolve(
    options: { filter: RegExp },
    resolve: (named: EsbuildImport) => Promise<EsbuildResolved | undefined>,
  ): void;
  /** Resolves the name of a module. */
  resolve(path: string, options: EsbuildResolving): Promise<EsbuildResolved>;
  /** Calls `load` for each file whose path matches. */
  onLoad(
    options: { filter: RegExp; namespace?: string },
    load: (file: { path: string }) => EsbuildResult | undefined,
  ): void;
}

/** The place from which esbuild resolves a name. */
export interface EsbuildResolving {
  /** The file that imports it. */
  importer: string;
  /** The namespace of that file; `file` for those on disk. */
  namespace: string;
  /** The folder of the file that imports it. */
  resolveDir: string;
  /** The kind of the import. */
  kind:
    | "entry-point"
    | "import-statement"
    | "require-call"
    | "dynamic-import"
    | "require-resolve"
    | "import-rule"
    | "composes-from"
    | "url-token";
  /** Data of a plugin. */
  pluginData?: unknown;
  /** The attributes of the import. */
  with: Record<string, string>;
}

/** The name of a module that is imported. */
export interface EsbuildImport extends EsbuildResolving {
  /** The name. */
  path: string;
}

/** A module that esbuild has found. */
export interface EsbuildResolved {
  /** Its path. */
  path: string;
  /** Whether it stays an import. */
  external: boolean;
  /** Whether it has side effects. */
  sideEffects: boolean;
  /** Its namespace; `file` for files on disk. */
  namespace: string;
  /** The text after its path: `?query`. */
  suffix: string;
  /** Data of the plugin that has found it. */
  pluginData: unknown;
  /** Why it was not found. */
  errors: {
    /** The message. */
    text: string;
  }[];
}

/** The code of a file for esbuild, or a warning. */
export interface EsbuildResult {
  /** The code in place of the file's. */
  contents?: string;
  /** The language of the code. */
  loader?: "js";
  /** Warnings that esbuild prints. */
  warnings?: {
    /** The message. */
    text: string;
  }[];
}

/** A plugin of esbuild. */
export interface EsbuildPlugin {
  /** The plugin's name in messages of esbuild. */
  name: string;
  /** Called once for each build. */
  setup(build: EsbuildBuild): void;
}

/**
 * The plugin for esbuild. List it before other plugins that load files of libraries, since esbuild uses the first one that does.
 *
 * @example
 * import { build } from "esbuild";
 * import { esbuild } from "tachymeter/bundler";
 *
 * await build({ entryPoints: ["./app.js"], bundle: true, platform: "node", outfile: "out.cjs", plugins: [esbuild()] });
 */
export function esbuild(): EsbuildPlugin {
  return {
    name,
    setup(build) {
      // The names that are resolved now. All plugins get what they would without this one, so their data cannot be marked.
      const resolving = new Set<string>();
      // An entry that only exports other files is left out, if its package has no side effects.
      build.onResolve({ filter: LIBRARIES }, async ({ path, ...from }) => {
        const { pluginData: _, ...place } = from;
        const key = JSON.stringify([path, place]);
        if (resolving.has(key)) return undefined;
        resolving.add(key);
        try {
          const resolved = await build.resolve(path, from);
          const { namespace, external, errors } = resolved;
          if (namespace !== "file" || external || errors.length > 0) return undefined;
          return isInstrumented(resolved.path, all) ? { ...resolved, sideEffects: true } : undefined;
        } finally {
          resolving.delete(key);
        }
      });
      build.onLoad({ filter: LIBRARY_FILES, namespace: "file" }, ({ path }) => {
        const { code, problem } = instrument(path, () => readTextSync(path));
        if (problem !== undefined) return { warnings: [{ text: problem }] };
        return code === undefined ? undefined : { contents: code, loader: "js" };
      });
    },
  };
}

/** The part of webpack's or Rspack's `Compiler` that the plugin uses. */
export interface WebpackCompiler {
  /** The configuration, to which a rule is added. */
  options: {
    /** Options of the loading of modules. */
    module: {
      /** The loaders of files. */
      rules: unknown[];
    };
  };
}

/** A plugin of webpack and Rspack. */
export interface WebpackPlugin {
  /** Called once for each compiler. */
  apply(compiler: WebpackCompiler): void;
}

/**
 * The plugin for webpack.
 *
 * @example
 * import { webpack } from "tachymeter/bundler";
 *
 * export default { target: "node", entry: "./app.js", plugins: [webpack()] };
 */
export function webpack(): WebpackPlugin {
  return {
    apply({ options }) {
      const loader = fileURLToPath(new URL("./tachymeter-bundler-loader.js", import.meta.url));
      options.module.rules.push({
        test: LIBRARY_FILES,
        enforce: "pre",
        use: [{ loader, options: { transformed: instrument } }],
      });
      // Otherwise an entry that only exports other files is left out.
      options.module.rules.push({ test: (path: string) => isInstrumented(path, all), sideEffects: true });
    },
  };
}

/** The plugin for Rspack; see {@link webpack}. */
export function rspack(): WebpackPlugin {
  return webpack();
}

/** The part of the context of Rollup's plugins that the plugin uses. */
export interface RollupContext {
  /** Prints a warning. */
  warn(problem: string): void;
}

/** The changed code of a file. */
export interface RollupResult {
  /** The code, whose lines have the same numbers. */
  code: string;
  /** No map is needed. */
  map: null;
  /** Whether the file stays if nothing of its own is used. */
  moduleSideEffects: true;
}

/** A plugin of Rollup, Rolldown and Vite. */
export interface RollupPlugin {
  /** The plugin's name in messages of the bundler. */
  name: string;
  /** For Vite. */
  enforce: "pre";
  /** Changes the code of a file. */
  transform: {
    /** Before other plugins. */
    order: "pre";
    /** The files for which the handler is called. */
    filter: {
      /** Matches their paths. */
      id: RegExp;
    };
    /** Returns the code of a library's file, instrumented; `undefined` for all other files. */
    handler(this: RollupContext, code: string, file: string): RollupResult | undefined;
  };
}

/**
 * The plugin for Rollup.
 *
 * @example
 * import { rollup } from "tachymeter/bundler";
 *
 * export default { input: "./app.js", output: { file: "out.mjs" }, plugins: [rollup()] };
 */
export function rollup(): RollupPlugin {
  return {
    name,
    enforce: "pre",
    transform: {
      order: "pre",
      filter: { id: LIBRARY_FILES },
      handler(code, file) {
        // Older versions of Rollup know no filter.
        if (!LIBRARY_FILES.test(file)) return undefined;
        const result = instrument(file, () => code);
        if (result.problem !== undefined) this.warn(result.problem);
        return result.code === undefined
          ? undefined
          : { code: result.code, map: null, moduleSideEffects: true };
      },
    },
  };
}

/** The plugin for Rolldown; see {@link rollup}. */
export function rolldown(): RollupPlugin {
  return rollup();
}

/**
 * The plugin for Vite, for builds with `build.ssr`. Vite keeps libraries external, unless `ssr.noExternal` is `true`.
 *
 * @example
 * import { vite } from "tachymeter/bundler";
 *
 * export default { build: { ssr: "./app.js" }, ssr: { noExternal: true }, plugins: [vite()] };
 */
export function vite(): RollupPlugin {
  return rollup();
}
