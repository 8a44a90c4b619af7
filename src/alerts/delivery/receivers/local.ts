// Receivers within the process: the log, standard error and a function.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { logLine } from "../../../diagnostics/foreign-text.ts";
import type { Alert } from "../../alert.ts";
import { copyOf, isFiring, type Notification } from "../notification.ts";
import { lineOf } from "./alert-text.ts";
import { type SendResult, type Receiver, settled } from "./receiver.ts";

/** Calls a function with each alert. It fails if the function throws, rejects or does not settle within 30 s. */
export class Callback implements Receiver {
  readonly name: string;
  readonly takes = "alerts";
  readonly #call: (alert: Alert) => unknown;

  constructor(name: string, call: (alert: Alert) => unknown) {
    this.name = name;
    this.#call = call;
  }

  async send({ alerts }: Notification): Promise<SendResult> {
    try {
      for (const alert of alerts) await settled(() => this.#call(copyOf(alert)));
      return { kind: "delivered" };
    } catch (error) {
      return { kind: "failed", reason: `the callback failed: ${errorMessage(error)}` };
    }
  }

  close(): void {}
}

/** Writes each alert to OpenTelemetry's log: firing ones as warnings. */
export function logReceiver(name: string): Receiver {
  return new Callback(name, (alert) => {
    const line = logLine(`alert ${lineOf(alert)}`);
    if (isFiring(alert)) diag.warn(line);
    else diag.info(line);
  });
}

/** Writes each alert to standard error. */
export function consoleReceiver(name: string): Receiver {
  return new Callback(name, (alert) => {
    console.error(logLine(`alert ${lineOf(alert)}`));
  });
}
