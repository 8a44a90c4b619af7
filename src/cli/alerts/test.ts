import { UsageError } from "../arguments.ts";
import { Output, Terminal, terminalWidth } from "../output.ts";
import { valueText } from "../../page/panels/value-text.ts";
import { tableText } from "../texts.ts";
import { alertsFolder } from "./folder.ts";

const COLUMNS = [{ title: "RECEIVER" }, { title: "RESULT" }, { title: "TIME", isNumber: true }];

/** Lets the application that uses a folder send a test alert to each receiver, and prints the results. */
export async function testReceivers([application, ...others]: readonly string[]): Promise<number> {
  if (others.length > 0)
    throw new UsageError(`alerts test: expected one file or folder, got ${others.length + 1}`);
  const directory = alertsFolder("test", application);
  const { askForTest } = await import("../../alerts/parts.ts");
  const terminal = new Terminal(process.stderr);
  if (process.stderr.isTTY)
    terminal.progress("waiting for the application, which looks for requests each 5 s");
  const reports = await askForTest(directory).finally(() => terminal.clear());
  const rows = reports.map(({ receiver, delivered, durationSeconds, response, reason = "" }) => [
    receiver,
    delivered ? `delivered${response === undefined ? "" : ` (${response})`}` : `failed: ${reason}`,
    valueText(durationSeconds, "s"),
  ]);
  const output = new Output(process.stdout);
  await output.write(`sent to each receiver: alert TachymeterTest, severity info\n\n`);
  await output.write(tableText(COLUMNS, rows, terminalWidth(process.stdout)));
  return reports.every(({ delivered }) => delivered) ? 0 : 1;
}
