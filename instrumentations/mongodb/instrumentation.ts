// Commands of the `mongodb` package.
import { type Attach, LibraryInstrumentation, prototypeOf, type Recording } from "../shared/index.ts";
import { measureCommands } from "./commands.ts";
import { mongoDb, type MongoDbInstrumentationConfig } from "./index.ts";

/**
 * Records the durations of commands of the `mongodb` package.
 *
 * @example
 * new MongoDbInstrumentation();
 */
export class MongoDbInstrumentation extends LibraryInstrumentation<MongoDbInstrumentationConfig> {
  constructor(config: MongoDbInstrumentationConfig = {}) {
    super(mongoDb, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<MongoDbInstrumentationConfig>): Attach {
  return (exports) =>
    void recording.wrap(prototypeOf(exports, "Connection"), "command", measureCommands(recording));
}
