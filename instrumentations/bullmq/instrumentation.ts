// The jobs of the `bullmq` package.
import {
  type Attach,
  Destinations,
  type InstrumentedFile,
  isObject,
  LibraryInstrumentation,
  MESSAGING_OPTIONS,
  type MessagingConfig,
  type OptionChecks,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { watchAdded } from "./added.ts";
import { watchProcessed } from "./processed.ts";
import { BULLMQ } from "./queue.ts";
import { QueueSizes } from "./queue-sizes.ts";

const VERSIONS = [">=5.0.0 <7"];
const FILE = {
  job: "dist/cjs/classes/job.js",
  flow: "dist/cjs/classes/flow-producer.js",
  worker: "dist/cjs/classes/worker.js",
} as const;

/** `destination` names a queue; default: the queue's own name. */
export interface BullMqInstrumentationConfig extends MessagingConfig {
  /**
   * Seconds between two questions to Redis, over the connection of the application's `Queue`, how many jobs it has in
   * each state. 0 asks never.
   *
   * @defaultValue 15
   */
  queueSizeInterval?: number;
}

/**
 * Records the jobs that are added to the queues of the `bullmq` package, wait there, and are processed by its workers.
 *
 * @example
 * new BullMqInstrumentation({ messaging, queueSizeInterval: 60 });
 */
export class BullMqInstrumentation extends LibraryInstrumentation<BullMqInstrumentationConfig> {
  static readonly options: OptionChecks<BullMqInstrumentationConfig> = {
    ...MESSAGING_OPTIONS,
    queueSizeInterval: {
      allowed: "a number of seconds from 0 to 2147483",
      accepts: (value) => typeof value === "number" && value >= 0 && value <= 2_147_483,
    },
  };

  constructor(config: BullMqInstrumentationConfig = {}) {
    super("bullmq", config, BullMqInstrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return Object.values(FILE).map((path) => ({ library: "bullmq", path, versions: VERSIONS }));
  }

  protected override begin(recording: Recording<BullMqInstrumentationConfig>): Attach {
    const destinations = new Destinations(recording, { system: BULLMQ });
    const sizes = new QueueSizes(recording, destinations, recording.config.queueSizeInterval);
    return (exports, { path }) => {
      if (path === FILE.job) {
        // It makes jobs by static methods.
        const job: unknown = isObject(exports) ? Reflect.get(exports, "Job") : undefined;
        watchAdded(recording, destinations, { target: job, methods: ["create", "createBulk"] }, sizes);
      } else if (path === FILE.flow) {
        const target = prototypeOf(exports, "FlowProducer");
        watchAdded(recording, destinations, { target, methods: ["add", "addBulk"] }, sizes);
      } else watchProcessed(recording, destinations, prototypeOf(exports, "Worker"));
    };
  }
}
