// The messages of Amazon's Simple Queue Service, where all clients of Amazon's SDK send their commands.
import {
  type Attach,
  Destinations,
  fieldOf,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { Messages, queueNameFromUrl } from "./messages.ts";
import { awsSqs, type AwsSqsInstrumentationConfig } from "./index.ts";

/**
 * Records what the clients of the `@aws-sdk/client-sqs` package send, receive, delete and give back.
 *
 * @example
 * new AwsSqsInstrumentation({ messaging, destination: (url) => new URL(url).pathname });
 */
export class AwsSqsInstrumentation extends LibraryInstrumentation<AwsSqsInstrumentationConfig> {
  constructor(config: AwsSqsInstrumentationConfig = {}) {
    super(awsSqs, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<AwsSqsInstrumentationConfig>): Attach {
  const destinations = new Destinations(recording, { system: "aws_sqs", nameOf: queueNameFromUrl });
  const messages = new Messages(recording, destinations);
  // The older home may only pass on what the newer one has.
  return (exports) => watchCommands(recording, messages, prototypeOf(exports, "Client"));
}

function watchCommands(recording: Recording<unknown>, messages: Messages, client: object): void {
  recording.wrap(client, "send", (send) => {
    return function (...args) {
      if (!isSqs(this)) return Reflect.apply(send, this, args);
      const [command] = args;
      const answered = (output: unknown): void => messages.answered(command, output);
      const index = args.findIndex((given) => typeof given === "function");
      const callback = args[index];
      if (typeof callback !== "function") {
        return recording.observed(Reflect.apply(send, this, args), { fulfilled: answered });
      }
      const answeredBack = function (this: unknown, ...results: readonly unknown[]): unknown {
        if (results[0] === null || results[0] === undefined) recording.safely(() => answered(results[1]));
        return Reflect.apply(callback, this, results);
      };
      return Reflect.apply(send, this, args.with(index, answeredBack));
    };
  });
}

function isSqs(client: unknown): boolean {
  return fieldOf(fieldOf(client, "config"), "serviceId") === "SQS";
}
