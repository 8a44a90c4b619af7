import { gathered } from "../../../src/cli/report/gathered.ts";
import type { Report } from "../../../src/cli/report/document.ts";
import { History } from "../../../src/history/index.ts";

/** The report of a history file about a range, in seconds since the epoch. */
export async function reportOf(store: string, from: number, to: number): Promise<Report> {
  const history = await History.open({ path: store, readOnly: true });
  try {
    return await gathered(history, store, { from, to }, []);
  } finally {
    await history.close();
  }
}
