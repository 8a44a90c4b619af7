// The running application as the tools of the Model Context Protocol ask it: its own queries, without a socket.
import type { Alerts } from "../alerts/alerts.ts";
import type { KeptSilences } from "../cli/alerts/silence.ts";
import type { Asked } from "../cli/mcp/asked.ts";
import type { Application } from "../explain/application.ts";
import type { McpSettings } from "../options/index.ts";
import type { McpQuestion } from "../page/index.ts";
import type { Queries } from "./queries.ts";
import { part } from "#on-demand";

interface McpParts {
  readonly settings: McpSettings;
  readonly application: Application;
  /** Address of the endpoint, for commands that are proposed. */
  readonly place: () => string;
  readonly queries: Pick<Queries, "answer">;
  readonly alerts: Alerts | undefined;
  readonly profile: ((seconds: number) => Promise<string>) | undefined;
}

/** Returns the function that responds to a message. Its code is loaded with the first one. */
export function runningMcp(parts: McpParts): (question: McpQuestion) => Promise<Response> {
  const maySilence = parts.settings.silences;
  return async ({ request, body, isAuthenticated, noteWork }) => {
    const { respondOverHttp } = await import("../cli/mcp/serve.ts");
    const asked = { ...askedHere(parts, isAuthenticated), noteWork };
    return respondOverHttp(asked, { request, body, maySilence });
  };
}

function askedHere(parts: McpParts, isAuthenticated: boolean): Asked {
  const { application, place, queries, alerts, profile } = parts;
  return {
    name: application.name,
    place: place(),
    application: (ask) => ask(application),
    history: (ask, signal) =>
      ask(
        new (part("history").RemoteHistory)({
          server: {
            name: application.name,
            secrets: [],
            async exchanged(path, parameters, asking = signal) {
              const { status, chunks } = await queries.answer({ path, parameters, signal: asking });
              return { status, body: Buffer.concat(chunks), isComplete: true };
            },
            close: () => {},
          },
        }),
      ),
    async profile(seconds) {
      if (profile === undefined) throw new Error("profiles are off; see option profiles");
      return profile(seconds);
    },
    silences: async () => silencesOf(alerts, isAuthenticated),
  };
}

function silencesOf(alerts: Alerts | undefined, isAuthenticated: boolean): KeptSilences {
  if (alerts === undefined) throw new Error("alerts are off; see option alerts");
  const check = (): void => {
    if (!isAuthenticated)
      throw new Error("set a token for the endpoint to silence alerts; see option bearerToken");
  };
  return {
    active: () => alerts.silences(),
    add(matchers, options) {
      check();
      alerts.silence(matchers, options);
    },
    end(id) {
      check();
      alerts.endSilence(id);
    },
    saved: async () => {},
  };
}
