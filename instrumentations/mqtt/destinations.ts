// From the topic of a message to the series it is counted in.
import { diag } from "@opentelemetry/api";
import type { BoundDestination, Messaging } from "../../src/facades/index.ts";
import { topicTemplate } from "./topic-template.ts";

/** Attribute `messaging.system` of everything that is recorded here. */
export const MESSAGING_SYSTEM = "mqtt";

const MAX_REMEMBERED = 1_000;

/** The destinations of one messaging facade, by topic. Remembers what it found, for at most 1,000 topics. */
export class Destinations {
  readonly #messaging: Messaging;
  readonly #nameOf: (topic: string) => string;
  readonly #byTopic = new Map<string, BoundDestination>();
  readonly #byName = new Map<string, BoundDestination>();

  /** @param nameOf the name of a topic's destination; in place of `topicTemplate`. */
  constructor(messaging: Messaging, nameOf: ((topic: string) => string) | undefined) {
    this.#messaging = messaging;
    this.#nameOf = nameOf === undefined ? topicTemplate : guarded(nameOf);
  }

  of(topic: string): BoundDestination {
    return remembered(this.#byTopic, topic, () => {
      const name = this.#nameOf(topic);
      return remembered(this.#byName, name, () =>
        this.#messaging.destination(name, { system: MESSAGING_SYSTEM }),
      );
    });
  }
}

function remembered(
  known: Map<string, BoundDestination>,
  key: string,
  make: () => BoundDestination,
): BoundDestination {
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= MAX_REMEMBERED) known.clear();
  const made = make();
  known.set(key, made);
  return made;
}

function guarded(nameOf: (topic: string) => string): (topic: string) => string {
  let isReported = false;
  return (topic) => {
    try {
      const name: unknown = nameOf(topic);
      if (typeof name === "string") return name;
      throw new TypeError(`it gave a ${typeof name} for a topic`);
    } catch (error) {
      if (!isReported) {
        diag.warn(
          'mqtt option "destination": the function failed; topics are named by the default template where it does; this is logged once',
          error,
        );
      }
      isReported = true;
      return topicTemplate(topic);
    }
  };
}
