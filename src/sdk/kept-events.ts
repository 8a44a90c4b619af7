// Keeps the events of the running SDK in the event log and the history. In a group, one process does so for all members,
// and its hooks are called with the events of all.
import { context, diag, ROOT_CONTEXT } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import { warnOnce } from "../diagnostics/log-once.ts";
import { completeEvent, type TelemetryEvent } from "../events/event.ts";
import type { Events } from "../events/events.ts";
import { lineOf } from "../events/json-text.ts";
import type { EventLog, EventLogOptions } from "../events/log.ts";
import type { MessageReceiver } from "../group/message-receiver.ts";
import type { MadeHistory } from "./history.ts";
import { part } from "#on-demand";

/** Passes a line on to the process that keeps the events. Returns `false` if it is lost. */
export type PassOn = (line: string) => boolean;

/** An event as it is passed on. */
interface PassedEvent {
  readonly event: TelemetryEvent;
  /** Whether the member has emitted it as a log record. */
  readonly isEmitted: boolean;
}

export class KeptEvents {
  readonly #options: EventLogOptions | undefined;
  #log: EventLog | undefined;
  #passOn: PassOn | undefined;
  #endPassing = (): void => {};
  #endLogging = (): void => {};
  history: MadeHistory | undefined;

  /** @param options of the event log; none by default. */
  constructor(options: EventLogOptions | undefined) {
    this.#options = options;
  }

  /**
   * Keeps the events from now on, and ends passing them on.
   *
   * @throws OptionsError, EventLogError if the event log cannot be opened, unless events were passed on before.
   */
  begin(events: Events): void {
    const isTakeover = this.#passOn !== undefined;
    this.#endPassing();
    this.#passOn = undefined;
    if (this.#options === undefined || this.#log !== undefined) return;
    try {
      this.#log = new (part("facades").EventLog)(this.#options);
      this.#endLogging = events.keepIn(this.#log);
    } catch (error) {
      if (!isTakeover) throw error;
      diag.error(`group: this process has taken over, but cannot log events: ${errorMessage(error)}`);
    }
  }

  /** Passes the events on from now on, and no longer logs them. Resolves once those so far are logged. */
  async passOn(events: Events, passOn: PassOn): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    this.#endLogging();
    this.#passOn = passOn;
    this.#endPassing = events.keepIn({
      write: (event, isEmitted) => {
        const isPassed = passOn(`{"isEmitted":${isEmitted},"event":${lineOf(event)}}`);
        if (!isPassed) logLoss();
        return isPassed;
      },
    });
    await log?.close();
  }

  /** Takes over the events of members. */
  receiver(events: Events): Omit<MessageReceiver, "facts" | "onFacts"> {
    const all = (lines: readonly string[], use: (passed: PassedEvent) => void): void => {
      // Not in the context of a message from the member.
      context.with(ROOT_CONTEXT, () => lines.flatMap(eventIn).forEach(use));
    };
    const takeOver = (lines: readonly string[]): void =>
      all(lines, ({ event, isEmitted }) => events.takeOver(event, isEmitted));
    return {
      fromThread: (lines) => {
        const passOn = this.#passOn;
        if (passOn === undefined) takeOver(lines);
        else {
          for (const line of lines) {
            if (passOn(line)) continue;
            events.countLost();
            logLoss();
          }
        }
      },
      fromMember: takeOver,
      // The hooks were called when it was recorded.
      fromSelf: (lines) => all(lines, ({ event, isEmitted }) => events.keep(event, isEmitted)),
      kept: async () => void (await Promise.all([this.#log?.written(), this.history?.flushEvents()])),
    };
  }

  /** Begins to write all events so far to the disk; each promise is that of one destination. */
  flush(): readonly (Promise<void> | undefined)[] {
    return [this.#log?.flush(), this.history?.flushEvents()];
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }
}

function eventIn(line: string): readonly PassedEvent[] {
  try {
    const passed: unknown = JSON.parse(line);
    if (typeof passed !== "object" || passed === null || !("event" in passed)) return [];
    const { event } = completeEvent(passed.event, () => {});
    const isEmitted = "isEmitted" in passed && passed.isEmitted === true;
    return event === undefined ? [] : [{ event, isEmitted }];
  } catch {
    warnOnce("group: an event of a member is damaged and left out");
    return [];
  }
}

function logLoss(): void {
  warnOnce("events: some are lost, since the process that keeps them has not read 8 MiB of them");
}
