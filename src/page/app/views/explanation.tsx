// Why an alert fires: its likeliest causes, the figure beside its limit, and further facts. Loaded with the first question.
import { Fragment, type JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { requested } from "../state/connection.ts";
import { ofPeer } from "../state/peers.ts";
import { type Explanation, figureText } from "../../../explain/explained-alert.ts";

/** Asks the application. Resolves to the problem if there is no explanation. */
export async function explanationOf(id: string): Promise<Explanation | string> {
  try {
    const response = await requested(`page/explain?alert=${encodeURIComponent(id)}${ofPeer()}`);
    if (response.ok) return await response.json();
    return (await response.text()).slice(0, 300);
  } catch {
    return "The application cannot be reached";
  }
}

/** The facts. The headline of the alert has its name, its summary and its labels. */
export function ExplainedAlert({ explanation }: { readonly explanation: Explanation }): JSX.Element {
  const { causes, value, functions, counted, changes, events, unknown } = explanation;
  const lists: readonly (readonly [title: string, lines: readonly string[]])[] = [
    [causes.length === 1 ? "Likeliest cause" : "Likeliest causes", causes],
    ["Value", [figureText(value)]],
    ["Functions that ran", functions],
    ["Counted events", counted],
    ["Changed with it", changes],
    ["Happened before", events],
    ["Unknown", unknown],
  ];
  return (
    <div class="explained">
      {causes.length === 0 && <p>No cause was found.</p>}
      <dl>
        {lists
          .filter(([, lines]) => lines.length > 0)
          .map(([title, lines]) => (
            <Fragment key={title}>
              <dt>{title}</dt>
              {lines.map((line) => (
                <dd key={line}>{shownText(line)}</dd>
              ))}
            </Fragment>
          ))}
      </dl>
    </div>
  );
}
