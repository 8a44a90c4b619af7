import { errorMessage } from "../../diagnostics/error-message.ts";
import { showUrl } from "../../diagnostics/show.ts";
import { basicAuthorization } from "../../io/http/basic-authorization.ts";
import { isObject } from "../../options/check.ts";
import { UsageError, type WordArguments } from "../arguments.ts";
import { Output, terminalWidth } from "../output.ts";
import { lengthText, tableText } from "../texts.ts";

const COLUMNS = [
  { title: "STATE" },
  { title: "ALERT" },
  { title: "FOR", isNumber: true },
  { title: "VALUE", isNumber: true },
  { title: "LABELS" },
  { title: "SUMMARY" },
];
const TIMEOUT_MILLIS = 10_000;

/** Prints the pending and firing alerts of a server. Returns 1 if one fires. */
export async function listAlerts([url, ...others]: readonly string[], given: WordArguments): Promise<number> {
  if (url === undefined || others.length > 0 || !/^https?:/i.test(url) || !URL.canParse(url))
    throw new UsageError("alerts list: expected one URL, such as http://127.0.0.1:9464");
  const alerts = await served(new URL(url));
  const output = new Output(process.stdout);
  if (given.flag("json")) await output.write(alerts.map((alert) => `${JSON.stringify(alert)}\n`).join(""));
  else if (alerts.length === 0) await output.write("no alerts are pending or firing\n");
  else await output.write(tableText(COLUMNS, alerts.map(rowOf), terminalWidth(process.stdout)));
  return alerts.some(({ state }) => state === "firing") ? 1 : 0;
}

async function served(url: URL): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const authorization = basicAuthorization(url);
  const path = new URL(`${url.pathname.replace(/\/(?:metrics)?$/, "")}/api/v1/alerts`, url.origin);
  const shown = showUrl(url);
  let response: Response;
  try {
    response = await fetch(path, {
      headers: authorization === undefined ? {} : { authorization },
      signal: AbortSignal.timeout(TIMEOUT_MILLIS),
    });
  } catch (error) {
    throw new Error(`"${shown}": no response (${errorMessage(error)}); check that the application runs`, {
      cause: error,
    });
  }
  const document: unknown = await response.json().catch(() => undefined);
  const data = isObject(document) && isObject(document["data"]) ? document["data"]["alerts"] : undefined;
  if (response.ok && Array.isArray(data)) return data.filter(isObject);
  const remedy =
    response.status === 404
      ? "start the application with option api: true"
      : "specify the URL of its endpoint";
  throw new Error(`"${shown}": no alerts are served (status ${response.status}); ${remedy}`);
}

function rowOf(alert: Readonly<Record<string, unknown>>): readonly string[] {
  const labels = isObject(alert["labels"]) ? alert["labels"] : {};
  const annotations = isObject(alert["annotations"]) ? alert["annotations"] : {};
  const since = Date.parse(String(alert["activeAt"]));
  const others = Object.entries(labels).filter(([name]) => name !== "alertname");
  return [
    String(alert["state"]),
    String(labels["alertname"]),
    lengthText(Math.max(0, Math.round((Date.now() - since) / 1_000))),
    String(Number(alert["value"])),
    others.map(([name, value]) => `${name}=${String(value)}`).join(" "),
    typeof annotations["summary"] === "string" ? annotations["summary"] : "",
  ];
}
