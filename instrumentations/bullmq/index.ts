import { check } from "../../src/options/check.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

const VERSIONS = [">=5.0.0 <7"];
export const FILE = {
  job: "dist/cjs/classes/job.js",
  flow: "dist/cjs/classes/flow-producer.js",
  worker: "dist/cjs/classes/worker.js",
} as const;

/** `destination` names a queue; default: the queue's own name. */
export interface BullMqConfig extends MessagingConfig {
  /**
   * Seconds between queries of the number of jobs by state, sent over the connection of the application's `Queue`. 0
   * disables the queries.
   *
   * @defaultValue 15
   */
  queueSizeInterval?: number;
}

/** The instrumentation of `bullmq`. */
export const bullMq: Instrumented<BullMqConfig> = {
  name: "bullmq",
  options: {
    ...MESSAGING_OPTIONS,
    queueSizeInterval: check(
      "be a number of seconds from 0 to 2147483",
      (value): value is number => typeof value === "number" && value >= 0 && value <= 2_147_483,
    ),
  },
  files: Object.values(FILE).map((path) => ({
    library: "bullmq",
    path,
    bundled: path.replace("cjs", "esm"),
    versions: VERSIONS,
  })),
};
