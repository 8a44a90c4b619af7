// Texts in Prometheus' format, read by `promtool check metrics`.
import { spawnSync } from "node:child_process";
import { neededProgram } from "./needs.ts";

/** Reads a text. The status is 1 if the text is unreadable, 3 if only a name or a help text is unusual. */
export function checkMetrics(input: string): { readonly status: number | null; readonly output: string } {
  const promtool = neededProgram("promtool");
  const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], { input, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

/** The reason for which the text is unreadable; empty if it is readable. */
export function unreadable(text: string): string {
  const { status, output } = checkMetrics(text);
  return status === 0 || status === 3 ? "" : `promtool ended with ${status}: ${output}`;
}
