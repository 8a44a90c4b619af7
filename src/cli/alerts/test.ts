import { UsageError } from "../arguments.ts";
import { Output, terminalWidth } from "../output.ts";
import { tableText, valueText } from "../texts.ts";
import { assertFolder } from "./silence.ts";

const COLUMNS = [{ title: "RECEIVER" }, { title: "RESULT" }, { title: "TIME", isNumber: true }];

/** Lets the application that uses a folder send a test alert to each receiver, and prints the results. */
export async function testReceivers([directory, ...others]: readonly string[]): Promise<number> {
  if (directory === undefined || others.length > 0)
    throw new UsageError("alerts test: expected the folder of the application's alerts");
  assertFolder("test", directory);
  const { askForTest } = await import("../../alerts/index.ts");
  const reports = await askForTest(directory);
  const rows = reports.map(({ receiver, delivered, durationSeconds, reason }) => [
    receiver,
    delivered ? "delivered" : `failed: ${reason ?? ""}`,
    valueText(durationSeconds, "s"),
  ]);
  await new Output(process.stdout).write(tableText(COLUMNS, rows, terminalWidth(process.stdout)));
  return reports.every(({ delivered }) => delivered) ? 0 : 1;
}
