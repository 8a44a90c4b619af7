// Commands of the `mongodb` package.
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import {
  type Attach,
  type InstrumentedFile,
  LibraryInstrumentation,
  type OptionCheck,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { measureCommands } from "./commands.ts";

const CONNECTION = { library: "mongodb", path: "lib/cmap/connection.js", versions: [">=6.4.0 <8"] };

/** Options of the instrumentation of `mongodb`. */
export type MongoDbInstrumentationConfig = InstrumentationConfig;

/**
 * Records the durations of commands of the `mongodb` package.
 *
 * @example
 * new MongoDbInstrumentation();
 */
export class MongoDbInstrumentation extends LibraryInstrumentation<MongoDbInstrumentationConfig> {
  static readonly options: Readonly<Record<string, OptionCheck>> = {};

  constructor(config: MongoDbInstrumentationConfig = {}) {
    super("mongodb", config, MongoDbInstrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [CONNECTION];
  }

  protected override begin(recording: Recording<MongoDbInstrumentationConfig>): Attach {
    return (exports) =>
      void recording.wrap(prototypeOf(exports, "Connection"), "command", measureCommands(recording));
  }
}
