import type { Sender } from "./sender.ts";
import { notificationBytes } from "./state-json.ts";

/** The waiting notifications of all receivers as JSON, in pieces. */
export function* waitingPieces(senders: ReadonlyMap<string, Sender>): Generator<Uint8Array> {
  for (const [receiver, { lanes }] of senders) {
    for (const [lane, { waiting }] of lanes) {
      for (const each of waiting) {
        const { notification } = each;
        yield (each.bytes ??= notificationBytes({ receiver, lane, notification }));
      }
    }
  }
}
