export interface EsbuildBuild {
  onLoad(options: { filter: RegExp; }, load: (file: { path: string; }) => EsbuildResult | undefined): void; }
export interface EsbuildPlugin { name: string; setup(build: EsbuildBuild): void; }
export interface EsbuildResult { contents?: string; loader?: "js"; warnings?: { text: string; }[]; }
export interface RollupContext { warn(problem: string): void; }
export interface RollupPlugin { name: string; enforce: "pre";
  transform: { order: "pre"; filter: { id: RegExp; }; handler(this: RollupContext, code: string, file: string):
    RollupResult | undefined; };
  }
export interface RollupResult { code: string; map: null; }
export interface WebpackCompiler { options: { module: { rules: unknown[]; }; }; }
export interface WebpackPlugin { apply(compiler: WebpackCompiler): void; }
export function esbuild(): EsbuildPlugin;
export function rolldown(): RollupPlugin;
export function rollup(): RollupPlugin;
export function rspack(): WebpackPlugin;
export function vite(): RollupPlugin;
export function webpack(): WebpackPlugin;
