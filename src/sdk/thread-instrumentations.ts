/** The instrumentations of a worker thread: of its libraries, and of the child processes that it starts. */
import { childProcess } from "../../instrumentations/child-process/index.ts";
import { begin, ThreadCommands } from "../../instrumentations/child-process/instrumentation.ts";
import { LibraryInstrumentation } from "../../instrumentations/shared/library-instrumentation.ts";
export { startForLibrary as instrumentThread } from "./start.ts";

/** Counts the child processes of a worker thread, in the main thread. `first` has just been started. */
export function watchThreadCommands(first: unknown): void {
  const commands = new ThreadCommands(first);
  // Made disabled and enabled here, so that no other setting has an effect.
  new LibraryInstrumentation(childProcess, { commands, enabled: false }, () => begin).enable();
}
