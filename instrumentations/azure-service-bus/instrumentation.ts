import { ClientOperations } from "../shared/client-operations.ts";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { watchReceived } from "./received.ts";

type Role = "sender" | "receiver";

// The package exports neither the class of its senders nor those of its receivers: they are found by the first object
// of each. A later recording continues with the classes found by the earlier one.
const prototypes = new Map<object, Role>();

/** Records the messages that clients of the `@azure/service-bus` package send, receive and settle. */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system: "azure.servicebus" });
  const receiver = watchReceived(recording, destinations);
  const attachTo: Readonly<Record<Role, (prototype: object) => void>> = {
    receiver,
    sender: (prototype) => watchSent(recording, destinations, prototype),
  };
  const found = (role: Role, object: unknown): void => {
    const prototype: unknown = isObject(object) ? Object.getPrototypeOf(object) : undefined;
    if (!isObject(prototype)) return;
    prototypes.set(prototype, role);
    attachTo[role](prototype);
  };
  return (exports) => {
    const client = prototypeOf(exports, "ServiceBusClient");
    for (const [prototype, role] of prototypes) attachTo[role](prototype);
    recording.after(client, "createSender", (_, sender) => found("sender", sender));
    recording.after(client, "createReceiver", (_, made) => found("receiver", made));
    for (const name of ["acceptSession", "acceptNextSession"]) {
      recording.outcome(client, name, () => ({ fulfilled: (made) => found("receiver", made) }));
    }
  };
}

function watchSent(recording: Recording<MessagingConfig>, destinations: Destinations, sender: object): void {
  const operations = new ClientOperations(recording, destinations);
  for (const [method, name] of [
    ["sendMessages", "send"],
    ["scheduleMessages", "schedule"],
  ] as const) {
    recording.outcome(sender, method, (self, [messages]) => {
      const count = countOf(messages);
      const path = fieldOf(self, "entityPath");
      if (typeof path !== "string") return {};
      const address = fieldOf(fieldOf(fieldOf(self, "_context"), "config"), "host");
      return operations.begun(
        { name, type: "send", destination: path, address },
        {
          fulfilled: () => {
            if (count > 0) destinations.of(path).sent(count);
          },
        },
      );
    });
  }
}

// One message, a list of them, or a batch, which has the number of its messages.
function countOf(messages: unknown): number {
  if (Array.isArray(messages)) return messages.length;
  const count = fieldOf(messages, "count");
  return typeof count === "number" ? count : 1;
}
