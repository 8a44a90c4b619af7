// The messages of Amazon's Simple Queue Service, where all clients of Amazon's SDK send their commands.
import {
  type Attach,
  Destinations,
  isObject,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { Messages } from "./messages.ts";
import { queueNameFromUrl } from "./queue-name.ts";
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
      const [command, ...rest] = args;
      if (!isSqs(this)) return Reflect.apply(send, this, args);
      const answered = (output: unknown): void => {
        recording.safely(() => messages.answered(command, output));
      };
      const index = rest.findIndex((given) => typeof given === "function");
      const callback = rest[index];
      if (typeof callback === "function") {
        rest[index] = function (this: unknown, ...results: readonly unknown[]): unknown {
          if (results[0] === null || results[0] === undefined) answered(results[1]);
          return Reflect.apply(callback, this, results);
        };
        return Reflect.apply(send, this, [command, ...rest]);
      }
      const result = Reflect.apply(send, this, args);
      if (!(result instanceof Promise)) return result;
      // Followed by another promise, since whoever watches the very one would hide that nobody handles its rejection.
      return result.then((output: unknown) => {
        answered(output);
        return output;
      });
    };
  });
}

function isSqs(client: unknown): boolean {
  const config: unknown = isObject(client) ? Reflect.get(client, "config") : undefined;
  return isObject(config) && Reflect.get(config, "serviceId") === "SQS";
}
