import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { messagesOf, queueNameFromUrl } from "./messages.ts";

/**
 * Records the messages that clients of the `@aws-sdk/client-sqs` package send, receive, delete and return. It patches
 * the method through which all clients of Amazon's SDK send their commands.
 */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system: "aws.sqs", nameOf: queueNameFromUrl });
  const answered = messagesOf(recording, destinations);
  return (exports) => {
    // The older package may only re-export the class of the newer one.
    recording.wrap(prototypeOf(exports, "Client"), "send", (send) => {
      return function (...args) {
        if (!isSqs(this)) return Reflect.apply(send, this, args);
        const fulfilled = (output: unknown): void => answered(args[0], output);
        const index = args.findIndex(isCallback);
        const callback = args[index];
        if (!isCallback(callback)) {
          return recording.observed(Reflect.apply(send, this, args), { fulfilled });
        }
        const answeredBack = seenCallback(callback, (error, output) => {
          if (error === null || error === undefined) recording.safely(() => fulfilled(output));
        });
        return Reflect.apply(send, this, args.with(index, answeredBack));
      };
    });
  };
}

function isSqs(client: unknown): boolean {
  return fieldOf(fieldOf(client, "config"), "serviceId") === "SQS";
}
