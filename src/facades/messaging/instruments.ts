import type { Attributes } from "@opentelemetry/api";
import type { FacadeMeter } from "../../recording/facade-meter.ts";
import type { BoundCounter, BoundRecorder } from "../../recording/bind.ts";
import {
  instrumentFromCounter,
  instrumentFromHistogram,
  type MessageInstrument,
  MessageRecorder,
} from "./message-recorder.ts";

/** Instruments of a `Messaging` and its destinations. */
export interface MessagingInstruments {
  readonly sent: MessageRecorder<BoundCounter>;
  readonly received: MessageRecorder<BoundCounter>;
  readonly processed: MessageRecorder<BoundRecorder>;
}

/**
 * Creates the instruments. `stabilityOptIn` is a list as in `OTEL_SEMCONV_STABILITY_OPT_IN`: `messaging` selects the
 * metrics of the semantic conventions, `messaging/dup` both.
 *
 * @see OpenTelemetry semantic conventions, "Messaging client metrics"
 */
export function createMessagingInstruments(
  meter: FacadeMeter,
  stabilityOptIn: string | undefined,
): MessagingInstruments {
  const counter = (
    name: string,
    description: string,
    defaults?: Attributes,
  ): MessageInstrument<BoundCounter> =>
    instrumentFromCounter(name, meter.counter(name, { unit: "{message}", description }), defaults);
  const durations = (
    name: string,
    description: string,
    defaults?: Attributes,
  ): MessageInstrument<BoundRecorder> =>
    instrumentFromHistogram(name, meter.durations(name, description), defaults);
  const recorder = chosenRecorder(meter, stabilityOptIn);
  return {
    sent: recorder(
      () => counter("messages.sent", "Messages sent."),
      () =>
        counter(
          "messaging.client.sent.messages",
          "Number of messages producer attempted to send to the broker.",
          { "messaging.operation.name": "send" },
        ),
    ),
    received: recorder(
      () => counter("messages.received", "Messages received."),
      () =>
        counter(
          "messaging.client.consumed.messages",
          "Number of messages that were delivered to the application.",
          { "messaging.operation.name": "receive" },
        ),
    ),
    processed: recorder(
      () => durations("message.processing.duration", "Time to process one message."),
      () =>
        durations("messaging.process.duration", "Duration of processing operation.", {
          "messaging.operation.name": "process",
        }),
    ),
  };
}

type MakeInstrument<Handle> = () => MessageInstrument<Handle>;

function chosenRecorder(
  meter: FacadeMeter,
  stabilityOptIn: string | undefined,
): <Handle>(ours: MakeInstrument<Handle>, standard: MakeInstrument<Handle>) => MessageRecorder<Handle> {
  const choices = new Set(stabilityOptIn?.split(",").map((choice) => choice.trim()));
  return (ours, standard) => {
    if (choices.has("messaging/dup")) return new MessageRecorder(meter.dropped, ours(), standard());
    return new MessageRecorder(meter.dropped, choices.has("messaging") ? standard() : ours());
  };
}
