export { ChildProcessInstrumentation, type ChildProcessInstrumentationConfig } from "./instrumentation.ts";
export { ThreadCommands } from "./thread-commands.ts";
