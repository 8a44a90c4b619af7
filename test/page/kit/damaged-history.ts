// A store whose file was cut, as after a full disk or a broken copy.
import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";

/** The path of the store. It held five minutes. */
export async function damagedHistory(): Promise<string> {
  const path = join(newFolder("damaged"), "shop.db");
  const end = Math.floor(Date.now() / 1_000);
  await fillHistory({
    path,
    from: end - 300,
    to: end,
    interval: 5,
    record(provider) {
      const gauge = provider.getMeter("shop").createGauge("stock");
      return (time) => gauge.record(time % 7);
    },
  });
  truncateSync(path, statSync(path).size / 2);
  return path;
}
