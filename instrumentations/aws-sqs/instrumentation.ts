import { type ClientOperation, ClientOperations } from "../shared/client-operations.ts";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { isCallback, type Outcome, seenCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { commandName, messagesOf, queueNameFromUrl } from "./messages.ts";

const SEND = { name: "send", type: "send" } as const;
const DELETE = { name: "delete", type: "settle" } as const;
const OPERATIONS: Readonly<Record<string, Pick<ClientOperation, "name" | "type">>> = {
  SendMessageCommand: SEND,
  SendMessageBatchCommand: SEND,
  ReceiveMessageCommand: { name: "receive", type: "receive" },
  DeleteMessageCommand: DELETE,
  DeleteMessageBatchCommand: DELETE,
};

/**
 * Records the messages that clients of the `@aws-sdk/client-sqs` package send, receive, delete and return. It patches
 * the method through which all clients of Amazon's SDK send their commands.
 */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system: "aws.sqs", nameOf: queueNameFromUrl });
  const answered = messagesOf(recording, destinations);
  const operations = new ClientOperations(recording, destinations);
  const begun = (command: unknown): Outcome => {
    const outcome = { fulfilled: (output: unknown) => answered(command, output) };
    const operation = isObject(command) ? OPERATIONS[commandName(command)] : undefined;
    const url = fieldOf(fieldOf(command, "input"), "QueueUrl");
    if (operation === undefined || typeof url !== "string") return outcome;
    // The client sends requests to the queue's own server.
    const address = URL.canParse(url) ? new URL(url).hostname : undefined;
    return operations.begun({ ...operation, destination: url, address }, outcome);
  };
  return (exports) => {
    // The older package may only re-export the class of the newer one.
    recording.wrap(prototypeOf(exports, "Client"), "send", (send) => {
      return function (...args) {
        if (!isSqs(this)) return Reflect.apply(send, this, args);
        const outcome = recording.safely(() => begun(args[0])) ?? {};
        const index = args.findIndex(isCallback);
        const callback = args[index];
        if (!isCallback(callback)) {
          return recording.observed(Reflect.apply(send, this, args), outcome);
        }
        const answeredBack = seenCallback(callback, (error, output) => {
          recording.safely(() =>
            error === null || error === undefined ? outcome.fulfilled?.(output) : outcome.rejected?.(error),
          );
        });
        return Reflect.apply(send, this, args.with(index, answeredBack));
      };
    });
  };
}

function isSqs(client: unknown): boolean {
  return fieldOf(fieldOf(client, "config"), "serviceId") === "SQS";
}
