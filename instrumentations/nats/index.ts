import type { InstrumentedFile, Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

const CORE = { library: "@nats-io/nats-core", versions: [">=3.0.0 <4"] };
const LEGACY = { library: "nats", versions: [">=2.10.0 <3"] };
const PROTOCOL: readonly InstrumentedFile[] = [
  { ...CORE, path: "lib/protocol.js" },
  { ...LEGACY, path: "lib/nats-base-client/protocol.js" },
];
export const ITERATORS: readonly InstrumentedFile[] = [
  { ...CORE, path: "lib/queued_iterator.js" },
  { ...LEGACY, path: "lib/nats-base-client/queued_iterator.js" },
];

/**
 * The instrumentation of `nats`. `destination` names a subject; default: the subject with `*` in place of each token
 * that looks like an id.
 */
export const nats: Instrumented<MessagingConfig> = {
  name: "nats",
  options: MESSAGING_OPTIONS,
  files: [...PROTOCOL, ...ITERATORS],
};
