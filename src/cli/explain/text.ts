// An explanation as text for a terminal, or as Markdown. The cause stands in the first lines.
import { markdownText, shownText } from "../../diagnostics/foreign-text.ts";
import { numberText } from "../../page/panels/value-text.ts";
import { lengthText } from "../report/times.ts";
import type { Explanation } from "./explanation.ts";

// Lines of a comparison that found no cause.
const UNCLEAR = /^(?:nothing else moved|not enough data|too early)/;

/** The explanation in words. */
export function explanationText(explanation: Explanation, isMarkdown: boolean): string {
  const safe = isMarkdown ? markdownText : shownText;
  const { alert, value, functions, changes, events } = explanation;
  const state = alert.state === "firing" ? "has fired" : "has been pending";
  const severity = alert.severity === "" ? "" : ` (${alert.severity})`;
  const isClear = changes[0] !== undefined && !UNCLEAR.test(changes[0]);
  const cause = functions[0] ?? (isClear ? changes[0] : events[0]);
  const lead = [
    `${alert.name}${severity} ${state} for ${lengthText(alert.seconds)}: ${alert.summary}`,
    cause === undefined ? "No cause was found." : `Likeliest cause: ${cause}`,
    valueLine(value),
  ];
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    [
      "About",
      [alert.description, value.condition ?? "", labelsText(alert.labels), `since ${alert.since}`].filter(
        (line) => line !== "",
      ),
    ],
    ["Functions that ran", functions],
    ["Changed with it", changes],
    ["Happened before", events],
    ["Processes", explanation.processes],
    ["Other alerts", explanation.others],
    ["Go on with", explanation.next],
    ["Unknown", explanation.unknown],
  ];
  return [
    ...lead.map((line, i) => `${isMarkdown && i === 0 ? "# " : ""}${safe(line)}${isMarkdown ? "\n" : ""}`),
    ...sections
      .filter(([, lines]) => lines.length > 0)
      .flatMap(([title, lines]) => [
        "",
        ...(isMarkdown ? [`## ${title}`, ""] : [title]),
        ...lines.map((line) => `${isMarkdown ? "- " : "  "}${safe(line)}`),
      ]),
    "",
  ].join("\n");
}

function valueLine({ current, limit, usual }: Explanation["value"]): string {
  const range = usual === undefined ? "" : `; usual ${usual.map((each) => numberText(each)).join(" to ")}`;
  const rule = limit === undefined ? "" : `, alert ${limit}`;
  return `Value ${current}${rule}${range}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(" ");
}
