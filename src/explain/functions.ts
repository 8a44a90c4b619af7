// The functions that ran: by the profiles of the process.
import { functionText } from "../diagnostics/function-text.ts";
import { lengthText } from "../diagnostics/length-text.ts";
import { numberText } from "../page/panels/value-text.ts";
import type { Application } from "./application.ts";
import type { CurrentAlert } from "./current-alerts.ts";

// `_other` names no function.
const BLOCKED = 'nodejs_eventloop_blocked_duration_seconds_total{code_function_name!="_other"}';
const FUNCTION = "code_function_name, code_file_path, code_line_number";
// Blocks that take this part of the time delay most requests.
const LEAST_SHARE = 0.1;
// Before the alert, they took less by this factor.
const LEAST_FACTOR = 3;
const MAX_FUNCTIONS = 3;
// As `profiles/names.ts` calls the time in which the process did not run.
const NOT_RUNNING = "not running";

/** The functions that ran, one line for each kind of profile. */
export async function functionsOf(
  application: Application,
  { annotations }: CurrentAlert,
  end: number,
  seconds: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { PROFILE_ANNOTATIONS } = await import("../alerts/parts.ts");
  const profiled = Object.entries(PROFILE_ANNOTATIONS).flatMap(([name, words]) => {
    const text = annotations[name];
    return text === undefined ? [] : [`${words} ${text}`];
  });
  if (profiled.length > 0) return profiled;
  const within = (offset: string): string =>
    `sum by (${FUNCTION}) (increase(${BLOCKED}[${seconds}s]${offset}))`;
  const now = within("");
  const least = LEAST_SHARE * seconds;
  const result = await application.query(
    `topk(${MAX_FUNCTIONS}, ${now} > ${least} unless ${now} < ${LEAST_FACTOR} * ${within(` offset ${seconds}s`)})`,
    { time: end, signal },
  );
  if (result.kind !== "vector") return [];
  return result.series
    .toSorted((one, other) => Number(other.value) - Number(one.value))
    .map(({ labels, value }) => {
      const { code_function_name: name, code_file_path: file, code_line_number: line } = labels;
      const length = `${numberText(Number(value))} s in the last ${lengthText(seconds)}`;
      if (name === NOT_RUNNING) return `the process got no processor time for ${length}`;
      return `the event loop was blocked by ${functionText({ function: name ?? "", file, line })} for ${length}`;
    });
}
