import type { Plugin } from "vite";

export function pageAssetsPlugin(): Plugin;
export function builtAssets(): Promise<
  readonly (readonly [path: string, asset: { readonly type: string; readonly content: string }])[]
>;
