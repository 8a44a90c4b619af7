// The subjects that are counted, and their names.
import type { BoundDestination } from "../../src/facades/index.ts";
import { Destinations } from "../shared/destinations.ts";
import { fieldOf } from "../shared/fields.ts";
import { LatestBytes, nameTemplate } from "../shared/names.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

/** Value of `messaging.system.name` for both clients. */
export const NATS = "nats";

const SIGNS = { parts: /[^.]+/g, any: "*", tooLong: ">" };
const INBOX = "_INBOX.";
const JETSTREAM = "$JS.";

/** Destinations by subject. Replies, which are sent to inboxes, and JetStream's own calls are not counted. */
export class Subjects {
  readonly destinations: Destinations;
  readonly #latest: LatestBytes<BoundDestination | undefined>;

  constructor(recording: Recording<MessagingConfig>) {
    this.destinations = new Destinations(recording, {
      system: NATS,
      nameOf: (subject) => nameTemplate(subject, SIGNS),
    });
    this.#latest = new LatestBytes((subject, subscription) =>
      this.of(subject, fieldOf(subscription, "protocol")),
    );
  }

  /** Returns the destination of messages on `subject`; `undefined` if they are not counted. */
  of(subject: unknown, connection: unknown): BoundDestination | undefined {
    if (typeof subject !== "string" || subject.startsWith(JETSTREAM)) return undefined;
    return this.isInbox(subject, connection) ? undefined : this.destinations.of(subject);
  }

  /** Whether `subject` is an inbox for replies: it begins with `_INBOX.` or with the connection's own prefix. */
  isInbox(subject: unknown, connection: unknown): boolean {
    if (typeof subject !== "string") return false;
    if (subject.startsWith(INBOX)) return true;
    const inbox = fieldOf(fieldOf(connection, "options"), "inboxPrefix");
    if (typeof inbox !== "string" || inbox === "") return false;
    return subject.startsWith(inbox) && subject[inbox.length] === ".";
  }

  /** Like {@link of}, for the bytes of a subject. */
  ofBytes(bytes: unknown, subscription: object): BoundDestination | undefined {
    return bytes instanceof Uint8Array ? this.#latest.of(bytes, subscription) : undefined;
  }
}
