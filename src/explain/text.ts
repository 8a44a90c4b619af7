// An explanation as text for a terminal, or as Markdown. The cause stands in the first lines.
import { markdownText, shownText } from "../diagnostics/foreign-text.ts";
import { lengthText } from "../diagnostics/length-text.ts";
import { type Explanation, figureText } from "./explained-alert.ts";

/** The explanation in words. */
export function explanationText(explanation: Explanation, isMarkdown: boolean): string {
  const safe = isMarkdown ? markdownText : shownText;
  const { alert, value, causes, functions, counted, changes, events } = explanation;
  const [first, ...others] = causes;
  const lead = [
    headingOf(alert),
    first === undefined ? "No cause was found." : `Likeliest cause: ${first}`,
    ...others.slice(0, 1).map((cause) => `And: ${cause}`),
    `Value ${figureText(value)}`,
  ];
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    [
      "About",
      [
        alert.description,
        ...(value.condition ?? "").split("\n"),
        labelsText(alert.labels),
        `since ${alert.since}`,
      ].filter((line) => line.trim() !== ""),
    ],
    ["Functions that ran", functions],
    ["Counted events", counted],
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

function headingOf({ name, state, isSilenced, severity, seconds, summary }: Explanation["alert"]): string {
  const silenced = isSilenced ? ", and is silenced" : "";
  const words = state === "firing" ? "has fired" : "has been pending";
  const shown = severity === "" ? "" : ` (${severity})`;
  return `${name}${shown} ${words} for ${lengthText(seconds)}${silenced}${summary === "" ? "" : `: ${summary}`}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(" ");
}
