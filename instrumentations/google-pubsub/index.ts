import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

const library = "@google-cloud/pubsub";
const versions = [">=4.11.0 <6"];

/** Files in which something is replaced. */
export const FILE = {
  queues: "build/src/publisher/message-queues.js",
  subscriber: "build/src/subscriber.js",
  leases: "build/src/lease-manager.js",
} as const;

/**
 * The instrumentation of `@google-cloud/pubsub`. `destination` names a topic or a subscription by its full name; default:
 * the last part of that name.
 */
export const googlePubsub: Instrumented<MessagingConfig> = {
  name: "google_pubsub",
  options: MESSAGING_OPTIONS,
  files: Object.values(FILE).map((path) => ({ library, path, versions })),
};
