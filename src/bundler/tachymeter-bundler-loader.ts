/** The loader of webpack and Rspack. */
import { transformed } from "./transformed.ts";

/** The fields of a loader's context that are used here. */
interface LoaderContext {
  readonly resourcePath: string;
  emitWarning(warning: Error): void;
  callback(error: null, code: string, map: unknown): void;
}

/** Passes on the code of a library's file, instrumented. */
export default function loader(this: LoaderContext, code: string, map: unknown): void {
  const { code: changed = code, problem } = transformed(this.resourcePath, () => code);
  if (problem !== undefined) this.emitWarning(new Error(problem));
  this.callback(null, changed, map);
}
