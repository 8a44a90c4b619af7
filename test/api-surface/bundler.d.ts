export interface EsbuildBuild {
  onResolve(options: { filter: RegExp; }, resolve: (named: EsbuildImport) => Promise<EsbuildResolved | undefined>):
    void;
  resolve(path: string, options: EsbuildResolving): Promise<EsbuildResolved>;
  onLoad(options: { filter: RegExp; namespace?: string; }, load: (file: { path: string; }) => EsbuildResult |
    undefined): void;
  }
export interface EsbuildImport extends EsbuildResolving { path: string; }
export interface EsbuildPlugin { name: string; setup(build: EsbuildBuild): void; }
export interface EsbuildResolved { path: string; external: boolean; sideEffects: boolean; namespace: string;
  suffix: string; pluginData: unknown; errors: { text: string; }[]; }
export interface EsbuildResolving { importer: string; namespace: string; resolveDir: string;
  kind: "entry-point" | "import-statement" | "require-call" | "dynamic-import" | "require-resolve" | "import-rule" |
    "composes-from" | "url-token";
  pluginData?: unknown; with: Record<string, string>; }
export interface EsbuildResult { contents?: string; loader?: "js"; warnings?: { text: string; }[]; }
export interface RollupContext { warn(problem: string): void; }
export interface RollupPlugin { name: string; enforce: "pre";
  transform: { order: "pre"; filter: { id: RegExp; }; handler(this: RollupContext, code: string, file: string):
    RollupResult | undefined; };
  }
export interface RollupResult { code: string; map: null; moduleSideEffects: true; }
export interface WebpackCompiler { options: { module: { rules: unknown[]; }; }; }
export interface WebpackPlugin { apply(compiler: WebpackCompiler): void; }
export function esbuild(): EsbuildPlugin;
export function rolldown(): RollupPlugin;
export function rollup(): RollupPlugin;
export function rspack(): WebpackPlugin;
export function vite(): RollupPlugin;
export function webpack(): WebpackPlugin;
