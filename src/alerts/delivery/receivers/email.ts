// Mail by nodemailer, an optional package that is loaded at the first notification.
import { createRequire } from "node:module";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { withoutValues } from "../../../diagnostics/redact.ts";
import { asInternalTraffic } from "../../../io/http/internal-traffic.ts";
import { withTimeout } from "../../../io/timeout.ts";
import { isFiring, type Notification } from "../notification.ts";
import type { EmailSettings } from "../settings.ts";
import { paragraphOf, titleOf } from "./alert-text.ts";
import type { Attempt, Receiver } from "./receiver.ts";

const TIMEOUT_MILLIS = 30_000;
const SOCKET_TIMEOUT_MILLIS = 10_000;

interface Transport {
  sendMail(message: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

interface Nodemailer {
  createTransport(options: Readonly<Record<string, unknown>>): Transport;
}

/** Sends one mail for each notification, as plain text. */
export class Email implements Receiver {
  readonly name: string;
  readonly takes = "groups";
  readonly #settings: EmailSettings;
  #transport: Transport | undefined;

  constructor(name: string, settings: EmailSettings) {
    this.name = name;
    this.#settings = settings;
  }

  async send(notification: Notification): Promise<Attempt> {
    try {
      const transport = (this.#transport ??= this.#open());
      const { from, to } = this.#settings;
      // The id lets mail programs hide a copy, if the answer to the first attempt was lost.
      const message = {
        from,
        to,
        subject: titleOf(notification),
        text: bodyOf(notification),
        messageId: `<${notification.id}@tachymeter.invalid>`,
        disableFileAccess: true,
        disableUrlAccess: true,
      };
      const sending = asInternalTraffic(() => transport.sendMail(message));
      await withTimeout(sending, TIMEOUT_MILLIS, () => {
        throw new Error(`no response within ${TIMEOUT_MILLIS / 1_000} s`);
      });
      return { kind: "delivered" };
    } catch (error) {
      const { password, user } = this.#secrets;
      return {
        kind: isRefusal(error) ? "rejected" : "failed",
        reason: withoutValues(errorMessage(error), [password, user, this.#settings.smtp]),
      };
    }
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
    return nodemailer().createTransport({
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? (isSecure ? 465 : 587) : Number(port),
      secure: isSecure,
      ...(user !== "" && { auth: { user, pass: password } }),
      connectionTimeout: SOCKET_TIMEOUT_MILLIS,
      greetingTimeout: SOCKET_TIMEOUT_MILLIS,
      socketTimeout: SOCKET_TIMEOUT_MILLIS,
    });
  }
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

// A permanent refusal of the server, such as an unknown address or a wrong password.
function isRefusal(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const status: unknown = Reflect.get(error, "responseCode");
  return (typeof status === "number" && status >= 500) || Reflect.get(error, "code") === "EENVELOPE";
}
