/** The loader of webpack and Rspack. Its own file has nothing else, since the plugin passes it the rest as an option. */
import type { Transformed } from "./transformed.ts";

/** The part of a loader's context that is used here. */
interface LoaderContext {
  readonly resourcePath: string;
  getOptions(): { readonly transformed: (loaded: string, read: () => string) => Transformed };
  emitWarning(warning: Error): void;
  callback(error: null, code: string, map: unknown): void;
}

/** Passes on the code of a library's file, instrumented. */
function loader(this: LoaderContext, code: string, map: unknown): void {
  const result = this.getOptions().transformed(this.resourcePath, () => code);
  if (result.problem !== undefined) this.emitWarning(new Error(result.problem));
  this.callback(null, result.code ?? code, map);
}

export default loader;
