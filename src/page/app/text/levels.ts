// Levels of severities: they decide the colour and the sign of a line.
import type { PageAlert } from "../../protocol.ts";

/** Importance of a line. */
export type Level = "bad" | "warning" | "neutral";

/** The level of a severity. */
export function levelOf(severity: string | undefined): Level {
  const text = severity ?? "";
  return /error|critical|fatal/i.test(text) ? "bad" : /warn/i.test(text) ? "warning" : "neutral";
}

/** The level of an alert. */
export function alertLevel({ state, severity }: Pick<PageAlert, "state" | "severity">): Level | "good" {
  if (state === "resolved") return "good";
  if (state === "pending" || severity === "warning") return "warning";
  return severity === "info" ? "neutral" : "bad";
}

/** The worst of levels; `good` without any. */
export function worstOf(levels: readonly (Level | "good")[]): Level | "good" {
  return ORDER.find((level) => levels.includes(level)) ?? "good";
}

const ORDER = ["bad", "warning", "neutral"] as const;
