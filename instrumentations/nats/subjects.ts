// Which subjects are counted, and under which names.
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  Destinations,
  isObject,
  type MessagingHookConfig,
  nameTemplate,
  type Recording,
} from "../hooking/index.ts";

/** The system's name, for both of its clients. */
export const NATS = "nats";

const SIGNS = { parts: /[^.]+/g, any: "*", tooLong: ">" };
const INBOX = "_INBOX.";
const JETSTREAM = "$JS.";

interface LatestSubject {
  readonly bytes: Uint8Array;
  readonly destination: BoundDestination | undefined;
}

/** The destinations by subject. Replies, which come to inboxes, and JetStream's own calls are no messages here. */
export class Subjects {
  readonly destinations: Destinations;
  // Most subscriptions get one subject all the time, which is then compared and not decoded.
  #isOver = false;
  readonly #latest = new WeakMap<object, LatestSubject>();

  constructor(recording: Recording<MessagingHookConfig>) {
    this.destinations = new Destinations(recording, {
      system: NATS,
      nameOf: (subject) => nameTemplate(subject, SIGNS),
    });
  }

  /** Where messages on `subject` are counted; `undefined` where they are not. */
  of(subject: unknown, connection: unknown): BoundDestination | undefined {
    if (typeof subject !== "string" || subject.startsWith(JETSTREAM)) return undefined;
    return this.#isOver || this.isInbox(subject, connection) ? undefined : this.destinations.of(subject);
  }

  /** Whether `subject` is one to which replies come: they begin with `_INBOX.`, or with the connection's own prefix. */
  isInbox(subject: unknown, connection: unknown): boolean {
    if (typeof subject !== "string") return false;
    if (subject.startsWith(INBOX)) return true;
    const inbox = inboxPrefixOf(connection);
    return inbox !== undefined && subject.startsWith(inbox) && subject[inbox.length] === ".";
  }

  /** Has nothing counted any more: loops go on when the hook has ended. */
  end(): void {
    this.#isOver = true;
  }

  /** As {@link of}, of the subject's bytes. */
  ofBytes(bytes: unknown, subscription: object, connection: unknown): BoundDestination | undefined {
    if (!(bytes instanceof Uint8Array)) return undefined;
    const latest = this.#latest.get(subscription);
    if (latest !== undefined && isEqual(latest.bytes, bytes)) return latest.destination;
    const subject = Buffer.from(bytes).toString();
    const destination = this.of(subject, connection);
    this.#latest.set(subscription, { bytes: bytes.slice(), destination });
    return destination;
  }
}

function inboxPrefixOf(connection: unknown): string | undefined {
  const options: unknown = isObject(connection) ? Reflect.get(connection, "options") : undefined;
  const prefix: unknown = isObject(options) ? Reflect.get(options, "inboxPrefix") : undefined;
  return typeof prefix === "string" && prefix !== "" ? prefix : undefined;
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
