import { diag, DiagLogLevel } from "@opentelemetry/api";
import { onTestFinished } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import { AlertDelivery, type ReceiverOptions } from "../../../src/alerts/delivery/index.ts";
import { firing } from "./alerts-of.ts";
import { TurnedClock } from "./turned-clock.ts";

/** The link of notifications. */
export const EXTERNAL_URL = "https://app.example/#/alerts";

/** An alert whose texts try to break out of each format. */
export const hostile = firing(
  {
    alertname: "Evil",
    severity: "critical",
    instance: '<!channel> <script>alert("x")</script> & @everyone @here <@U123>',
    ansi: "\u001b[31mred\u001b[0m\r\nBcc: victim@example.com",
    rtl: "\u202egnp.exe",
    long: "x".repeat(10_240),
  },
  1_700_000_000,
  { summary: "<https://evil.example|click> *bold*\nsecond line", description: "plain" },
);

/** A delivery to one receiver, with a clock that the test turns. */
export function deliveryTo(receiver: ReceiverOptions, clock = new TurnedClock()) {
  const delivery = new AlertDelivery(
    { receivers: [receiver], route: { groupWait: 0 } },
    { clock, random: () => 0.5, externalUrl: () => EXTERNAL_URL },
  );
  onTestFinished(() => delivery.close());
  const send = async (alerts: readonly Alert[]): Promise<void> => {
    delivery.update(alerts, clock.seconds);
    await clock.pass(1);
    await delivery.flush();
  };
  return { clock, delivery, send };
}

/** Messages of the log, until the end of the test. */
export function logged(): string[] {
  const lines: string[] = [];
  const add = (line: string): void => void lines.push(line);
  diag.setLogger({ error: add, warn: add, info: add, debug: add, verbose: add }, DiagLogLevel.ALL);
  lines.length = 0;
  onTestFinished(() => diag.disable());
  return lines;
}
