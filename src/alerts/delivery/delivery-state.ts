// The groups and the waiting notifications of a delivery, in `notifications.json`.
import { join } from "node:path";
import { StateFile } from "../../io/files/state-file.ts";
import { Slices } from "../../io/yield.ts";
import { grouped } from "../../query/grouped.ts";
import type { DeliveryClock } from "./clock.ts";
import type { GroupTable } from "./routing/group-table.ts";
import type { Waiting } from "./sending/lane.ts";
import type { Sender } from "./sending/sender.ts";
import { groupBytes, groupFrom, notificationBytes, stateBytes, stateFrom } from "./sending/state-json.ts";

/** Parts of the state. */
export interface DeliveryStateParts {
  /** `undefined` if nothing is written. */
  readonly directory: string | undefined;
  readonly clock: DeliveryClock;
  readonly table: GroupTable;
  /** By the name of the receiver. */
  readonly senders: ReadonlyMap<string, Sender>;
  readonly groupIntervalMillis: number;
}

/** Writes the state after changes, and restores that of a previous process. */
export class DeliveryState {
  readonly #parts: DeliveryStateParts;
  readonly #file: StateFile | undefined;
  // The first notification of each lane, as written last.
  #heads: readonly Waiting[] = [];

  constructor(parts: DeliveryStateParts) {
    this.#parts = parts;
    if (parts.directory === undefined) return;
    this.#file = new StateFile({
      file: join(parts.directory, "notifications.json"),
      area: "alerts",
      consequence: "active alerts are announced again",
      timers: parts.clock,
      content: async () => {
        await this.#prepare();
        return Buffer.concat(this.#content());
      },
      written: () => {
        for (const each of this.#heads) each.isSaved = true;
      },
    });
  }

  /** Adds the groups and notifications of the file to those of this process, and keeps the file from now on. */
  load(): void {
    this.#file?.read((text) => this.restore(text));
    this.#file?.changed();
  }

  /** Writes the state soon. */
  changed(): void {
    this.#file?.changed();
  }

  /** Writes the state later, or with the next change that is written soon. */
  changedSlightly(): void {
    this.#file?.changedSlightly();
  }

  /** Resolves once all changes are on disk, a write has failed, or one takes longer than 10 s. */
  async saved(): Promise<void> {
    await this.#file?.saved();
  }

  /** Writes all changes for the last time. */
  async close(): Promise<void> {
    await this.#file?.close();
  }

  /** The content of the file, for another delivery in this process. */
  text(): string {
    return Buffer.concat(this.#content()).toString();
  }

  // Later changes are written by `#content`, so that the file shows the state of one moment.
  async #prepare(): Promise<void> {
    const slices = new Slices();
    for (const _ of this.#groupPieces()) await slices.next();
    for (const _ of waitingPieces(this.#parts.senders)) await slices.next();
  }

  #content(): Uint8Array[] {
    const { senders } = this.#parts;
    this.#heads = [...senders.values()].flatMap(({ lanes }) =>
      [...lanes.values()].flatMap(({ waiting }) => waiting.slice(0, 1)),
    );
    return stateBytes([...this.#groupPieces()], [...waitingPieces(senders)]);
  }

  *#groupPieces(): Generator<Uint8Array> {
    const { clock, table } = this.#parts;
    const offset = clock.unixMillis() - clock.monotonicMillis();
    for (const group of table.groups) yield (group.bytes ??= groupBytes(group, group.dueMillis + offset));
  }

  /** Adds the groups and notifications of a file's content. */
  restore(text: string): void {
    const { clock, table, senders, groupIntervalMillis } = this.#parts;
    const { groups, waiting } = stateFrom(text);
    const now = clock.monotonicMillis();
    for (const stored of groups) {
      const wait = stored.dueUnixMillis - clock.unixMillis();
      const group = groupFrom(stored, now + Math.min(Math.max(wait, 0), groupIntervalMillis));
      // A receiver that was removed waits for nothing.
      for (const receiver of group.announced.keys())
        if (!senders.has(receiver)) group.announced.delete(receiver);
      table.restore(group);
    }
    for (const [receiver, ofReceiver] of grouped(waiting, (each) => each.receiver))
      for (const [lane, stored] of grouped(ofReceiver, (each) => each.lane))
        senders.get(receiver)?.restore(lane, stored);
  }
}

/** The waiting notifications of all receivers as JSON, in pieces. */
function* waitingPieces(senders: ReadonlyMap<string, Sender>): Generator<Uint8Array> {
  for (const [receiver, { lanes }] of senders) {
    for (const [lane, { waiting }] of lanes) {
      for (const each of waiting) {
        const { notification, refusedSinceUnixMillis } = each;
        yield (each.bytes ??= notificationBytes({ receiver, lane, notification, refusedSinceUnixMillis }));
      }
    }
  }
}
