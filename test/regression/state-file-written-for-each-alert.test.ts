// Each notification waited for a write of the whole state file.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AlertDelivery } from "../../src/alerts/delivery/index.ts";
import type { Notification } from "../../src/alerts/delivery/notification.ts";
import { firing } from "../alerts/delivery/alerts-of.ts";
import { Recorder } from "../alerts/delivery/recorder.ts";
import { TurnedClock } from "../alerts/delivery/turned-clock.ts";
import { newFolder } from "../kit/new-folder.ts";

const COUNT = 200;

/** Records what the state file has at each attempt. */
class Observer extends Recorder {
  readonly versions = new Set<string>();
  unsaved = 0;
  readonly #file: string;

  constructor(file: string) {
    super("observer", "alerts");
    this.#file = file;
  }

  override send(notification: Notification) {
    const { ino, mtimeMs } = statSync(this.#file);
    this.versions.add(`${ino} ${mtimeMs}`);
    if (!readFileSync(this.#file, "utf8").includes(notification.id)) this.unsaved++;
    return super.send(notification);
  }
}

test("many alerts to a receiver of single alerts are saved before they are sent, in few writes", async () => {
  const [directory, clock] = [newFolder("delivery"), new TurnedClock()];
  const observer = new Observer(join(directory, "notifications.json"));
  const delivery = new AlertDelivery(
    { receivers: [], route: { groupWait: 0 } },
    { directory, clock, receivers: [observer] },
  );
  const alerts = Array.from({ length: COUNT }, (_, i) => firing({ instance: `${i}` }, clock.seconds));
  delivery.update(alerts, clock.seconds);
  // Alerts are taken in slices of real time.
  await expect
    .poll(async () => {
      await clock.pass(1);
      return observer.accepted.length;
    })
    .toBe(COUNT);
  await delivery.flush();
  await delivery.close();
  expect(observer.accepted).toHaveLength(COUNT);
  expect(observer.unsaved).toBe(0);
  // With the real time that a write takes, some writes may begin while others are sent.
  expect(observer.versions.size).toBeLessThan(COUNT / 2);
});

test("what was sent is not in the file once the delivery is closed", async () => {
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
  const delivery = new AlertDelivery(
    { receivers: [], route: { groupWait: 0 } },
    { directory, clock, receivers: [recorder] },
  );
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await clock.pass(1);
  await delivery.close();
  const [accepted] = recorder.accepted;
  expect(accepted?.id).toMatch(/./);
  expect(readFileSync(join(directory, "notifications.json"), "utf8")).not.toContain(accepted?.id);
});
