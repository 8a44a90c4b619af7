// The jobs of the `bullmq` package.
import {
  type Attach,
  Destinations,
  isObject,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { watchAdded } from "./added.ts";
import { watchProcessed } from "./processed.ts";
import { BULLMQ } from "./queue.ts";
import { QueueSizes } from "./queue-sizes.ts";
import { bullMq, type BullMqInstrumentationConfig, FILE } from "./index.ts";

/**
 * Records the jobs that are added to the queues of the `bullmq` package, wait there, and are processed by its workers.
 *
 * @example
 * new BullMqInstrumentation({ messaging, queueSizeInterval: 60 });
 */
export class BullMqInstrumentation extends LibraryInstrumentation<BullMqInstrumentationConfig> {
  constructor(config: BullMqInstrumentationConfig = {}) {
    super(bullMq, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<BullMqInstrumentationConfig>): Attach {
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
