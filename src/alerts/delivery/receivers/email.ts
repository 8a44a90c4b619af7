// Mail by nodemailer, an optional package that is loaded at the first notification.
import { createRequire } from "node:module";
import { createConnection, type Socket } from "node:net";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import { withoutValues } from "../../../diagnostics/without-values.ts";
import { asInternalTraffic } from "../../../io/http/internal-traffic.ts";
import { isLoopback } from "../../../io/http/loopback.ts";
import { withTimeout } from "../../../io/timeout.ts";
import { isObject } from "../../../options/check.ts";
import { isFiring, type Notification } from "../notification.ts";
import type { EmailSettings } from "../settings.ts";
import { paragraphOf, titleOf } from "./alert-text.ts";
import type { SendResult, Receiver } from "./receiver.ts";

const TIMEOUT_MILLIS = 30_000;
const SOCKET_TIMEOUT_MILLIS = 10_000;
// With the pauses of the sender, about a quarter of an hour.
const MAX_ATTEMPTS = 20;
const MAX_PARTIAL = 1_000;
// Bytes of a connection without encryption.
const MAX_RECEIVED = 262_144;

interface Transport {
  sendMail(message: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

interface Nodemailer {
  createTransport(options: Readonly<Record<string, unknown>>): Transport;
}

/** A mail that some addresses have accepted. */
interface PartlySent {
  readonly refused: readonly string[];
  readonly attempts: number;
}

/**
 * Sends one mail for each notification, as plain text. Addresses that refuse it get it again, up to 20 times, or once if
 * the refusal is permanent. Later mails of the group wait meanwhile.
 */
export class Email implements Receiver {
  readonly name: string;
  readonly takes = "groups";
  readonly #settings: EmailSettings;
  #transport: Transport | undefined;
  // By the id of the notification.
  readonly #partial = new Map<string, PartlySent>();

  constructor(name: string, settings: EmailSettings) {
    this.name = name;
    this.#settings = settings;
  }

  async send(notification: Notification): Promise<SendResult> {
    const { id } = notification;
    const partial = this.#partial.get(id);
    try {
      const transport = (this.#transport ??= this.#open());
      const { from, to } = this.#settings;
      // The id lets mail programs hide a copy, if the answer to the first attempt was lost.
      const message = {
        from,
        to,
        subject: titleOf(notification),
        text: bodyOf(notification),
        messageId: `<${id}@tachymeter.invalid>`,
        ...(partial !== undefined && { envelope: { from, to: partial.refused } }),
        disableFileAccess: true,
        disableUrlAccess: true,
      };
      const sending = asInternalTraffic(() => transport.sendMail(message));
      const sent = await withTimeout(sending, TIMEOUT_MILLIS, () => {
        throw new Error(`no response within ${TIMEOUT_MILLIS / 1_000} s`);
      });
      const refusals = refusalsOf(sent);
      if (refusals.length > 0) return this.#refusedBySome(id, refusals);
      this.#partial.delete(id);
      return { kind: "delivered" };
    } catch (error) {
      const refusals = refusalsOf(error);
      if (partial !== undefined && refusals.length > 0) return this.#refusedBySome(id, refusals);
      return { kind: isRefusal(error) ? "rejected" : "failed", reason: this.#safe(errorMessage(error)) };
    }
  }

  #refusedBySome(id: string, refusals: readonly Refusal[]): SendResult {
    const attempts = (this.#partial.get(id)?.attempts ?? 0) + 1;
    this.#partial.delete(id);
    const isPermanent = refusals.every(isRefusal);
    const reason = this.#safe(refusals.map((each) => `${each.recipient}: ${each.reason}`).join("; "));
    // The addresses that accept must not wait for long for those that never do.
    if (attempts >= (isPermanent ? 2 : MAX_ATTEMPTS)) {
      warnOnceAMinute(
        `alert receiver "${this.name}": some addresses do not accept a mail (${reason}); it is not sent to them again`,
        `${this.name} partial`,
      );
      return { kind: "delivered" };
    }
    this.#partial.set(id, { refused: refusals.map(({ recipient }) => recipient), attempts });
    // A notification that was dropped leaves its entry.
    for (const oldest of this.#partial.keys())
      if (this.#partial.size > MAX_PARTIAL) this.#partial.delete(oldest);
    return { kind: isPermanent ? "rejected" : "failed", reason };
  }

  #safe(text: string): string {
    const { password, user } = this.#secrets;
    return withoutValues(text, [password, user, this.#settings.smtp]);
  }

  close(): void {
    this.#transport?.close();
  }

  get #secrets(): { readonly user: string; readonly password: string } {
    const { username, password } = new URL(this.#settings.smtp);
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  }

  #open(): Transport {
    const { hostname, port, protocol } = new URL(this.#settings.smtp);
    const isSecure = protocol === "smtps:";
    const { user, password } = this.#secrets;
    const address = {
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? (isSecure ? 465 : 587) : Number(port),
    };
    return nodemailer().createTransport({
      ...address,
      getSocket: (_: unknown, done: Connected) => connect(address, done),
      secure: isSecure,
      // Otherwise anyone between could make it send the password as it is.
      requireTLS: user !== "" && !isLoopback(hostname),
      ...(user !== "" && { auth: { user, pass: password } }),
      connectionTimeout: SOCKET_TIMEOUT_MILLIS,
      greetingTimeout: SOCKET_TIMEOUT_MILLIS,
      socketTimeout: SOCKET_TIMEOUT_MILLIS,
    });
  }
}

type Connected = (error: Error | null, socket?: { readonly connection: Socket }) => void;

// nodemailer keeps all of a line, however long, and searches it again with each piece.
function connect(address: { readonly host: string; readonly port: number }, done: Connected): void {
  const socket = createConnection({ ...address, timeout: SOCKET_TIMEOUT_MILLIS });
  const fail = (error: Error): void => {
    socket.destroy();
    done(error);
  };
  const late = (): void => fail(new Error(`no connection within ${SOCKET_TIMEOUT_MILLIS / 1_000} s`));
  socket.once("error", fail).once("timeout", late);
  socket.once("connect", () => {
    socket.off("error", fail).off("timeout", late).setTimeout(0);
    done(null, { connection: socket });
  });
  // Not before nodemailer listens, since a listener lets the data flow.
  socket.on("newListener", function first(event) {
    if (event !== "data") return;
    socket.off("newListener", first).on("data", () => {
      if (socket.bytesRead > MAX_RECEIVED)
        socket.destroy(new Error(`the server sent more than ${MAX_RECEIVED} bytes`));
    });
  });
}

/** Whether the package is installed. It is not loaded. */
export function hasNodemailer(): boolean {
  try {
    createRequire(import.meta.url).resolve("nodemailer");
    return true;
  } catch {
    return false;
  }
}

function nodemailer(): Nodemailer {
  try {
    const loaded: Nodemailer = createRequire(import.meta.url)("nodemailer");
    return loaded;
  } catch (cause) {
    throw new Error(
      'alert receiver "email": package nodemailer cannot be loaded; run npm install nodemailer',
      {
        cause,
      },
    );
  }
}

function bodyOf({ alerts }: Notification): string {
  return alerts
    .map((alert) => {
      const state = isFiring(alert) ? "Firing" : "Resolved";
      return `${state}: ${shownText(alert.name)}\n${paragraphOf(alert, alerts)}\n`;
    })
    .join("\n");
}

/** Refusal of one address. */
interface Refusal {
  readonly recipient: string;
  readonly reason: string;
  readonly responseCode: unknown;
}

// The addresses that refused, from the result of nodemailer or from its error.
function refusalsOf(outcome: unknown): readonly Refusal[] {
  const errors: unknown = isObject(outcome) ? outcome["rejectedErrors"] : undefined;
  if (!Array.isArray(errors)) return [];
  return errors.filter(isObject).map((error) => ({
    recipient: String(error["recipient"]),
    reason: errorMessage(error),
    responseCode: error["responseCode"],
  }));
}

// A permanent refusal of the server, such as an unknown address or a wrong password.
function isRefusal(error: unknown): boolean {
  if (!isObject(error)) return false;
  const { code, responseCode } = error;
  return typeof responseCode === "number" ? responseCode >= 500 : code === "EENVELOPE";
}
