import { rmSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { routes } from "../routes.js";

const node = (id, type, more) => ({ id, type, z: "tab", wires: [], ...more });
const FLOWS = [
  { id: "tab", type: "tab", label: "Items" },
  node("in", "http in", { url: "/api/item/:id", method: "get", wires: [["make"]] }),
  node("make", "function", {
    func: "msg.payload = { id: msg.req.params.id }; return msg;",
    outputs: 1,
    wires: [["out"]],
  }),
  node("out", "http response", { headers: {} }),
];

export const application = {
  title: "Node-RED",
  packages: { "node-red": "4.1.15" },
  measured: "routes, those of flows among them, and its npm as a child process",
  ready: "/",
  before({ folder, port }) {
    const data = join(folder, "data");
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data);
    const settings = { uiHost: "127.0.0.1", uiPort: port, flowFile: "flows.json", credentialSecret: "x" };
    writeFileSync(join(data, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
  },
  command: ({ port }) => ["node_modules/node-red/red.js", "-u", "data", "-p", `${port}`],
  async drive(request) {
    await request("GET", "/settings");
    await request("GET", "/nodes");
    await request("POST", "/flows", { json: FLOWS });
    await pause(1_000);
    for (let i = 0; i < 60; i++) await request("GET", `/api/item/${i}`);
    for (let i = 0; i < 5; i++) {
      await request("GET", "/flow/tab");
      await request("GET", `/none/${i}`);
    }
  },
  series: {
    ...routes({ "GET /api/item/:id": 60, "GET /flow/:id": 5, "POST /flows": 1 }),
  },
};
