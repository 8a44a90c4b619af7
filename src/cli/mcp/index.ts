// `tachymeter mcp [url | store]`: questions of programs and agents, by the Model Context Protocol over standard input and output.
import { UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";

/** The `mcp` command. */
export const mcp: Command = {
  name: "mcp",
  parameters: "[url | store]",
  summary: "let an agent ask an application, by the Model Context Protocol over standard input and output",
  details: [
    "",
    "[url | store] is the URL of an application with option api, or of a server with the Prometheus HTTP API, or a history",
    "file. Without it, the endpoint of an application on this machine is asked, by default http://127.0.0.1:9464.",
    "Its tools read metrics, events, alerts and profiles. Without --silences, none of them changes anything.",
    "",
    "  --silences  the agent may silence alerts, and end silences, by the file of a history or the folder of its alerts",
    "",
    'An agent starts it, for example: { "mcpServers": { "shop": { "command": "npx", "args": ["tachymeter", "mcp"] } } }',
    "",
    "Exit codes: 0 the agent has ended, 1 no connection, 2 invalid arguments.",
  ],
  options: { flags: ["silences"] },
  run: async (given) => {
    const [place, ...others] = given.positionals;
    if (others.length > 0) throw new UsageError(`mcp: expected one URL or store, got ${others.length + 1}`);
    // Loaded on demand, since the protocol's package is larger than the tool.
    const [{ defaultUrl }, { serve }] = await Promise.all([
      import("../top/watched/open.ts"),
      import("./serve.ts"),
    ]);
    return serve(place ?? defaultUrl(process.env), given.flag("silences"));
  },
};
