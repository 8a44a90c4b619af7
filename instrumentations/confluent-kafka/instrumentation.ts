import { ClientOperations } from "../shared/client-operations.ts";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { timedHandlers } from "../shared/kafka-handlers.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { FILE } from "./index.ts";

/**
 * Records the messages that producers and consumers of `@confluentinc/kafka-javascript` send, receive and process, with
 * its promise-based API.
 */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system: "kafka" });
  const timed = timedHandlers(recording, destinations, false);
  // `sendBatch` calls `send` for each topic.
  const sent = (options: unknown): void => {
    const topic = fieldOf(options, "topic");
    if (typeof topic === "string") destinations.of(topic).sent(listIn(options, "messages").length);
  };
  const operations = new ClientOperations(recording, destinations);
  return (exports, { path }) => {
    if (path === FILE.producer) {
      recording.outcome(prototypeOf(exports, "Producer"), "send", (_, [options]) => {
        const topic = fieldOf(options, "topic");
        const destination = typeof topic === "string" ? topic : undefined;
        return operations.begun(
          { name: "send", type: "send", destination },
          { fulfilled: () => sent(options) },
        );
      });
      return;
    }
    recording.wrap(prototypeOf(exports, "Consumer"), "run", (run) => {
      return function (config, ...rest) {
        const measured = recording.safely(() => withHandlers(config));
        return Reflect.apply(run, this, [measured ?? config, ...rest]);
      };
    });
  };

  // A copy, as the library makes one.
  function withHandlers(config: unknown): unknown {
    if (!isObject(config)) return config;
    const [eachMessage, eachBatch] = [
      timed("eachMessage", fieldOf(config, "eachMessage")),
      timed("eachBatch", fieldOf(config, "eachBatch")),
    ];
    return { ...config, ...(eachMessage && { eachMessage }), ...(eachBatch && { eachBatch }) };
  }
}
