// A process with rules, to be killed: `node killed-engine.js <directory> <data | no-data>`. It writes each report as a line.
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { sampleSourceOf } from "../../../src/query/given-source.ts";

const [directory = "", mode = ""] = process.argv.slice(2);

// `x` is there all the time; `y` changes at each evaluation, so that the state is written again and again.
const source = sampleSourceOf({
  async *select({ matchers, to }) {
    await Promise.resolve();
    const name = matchers.find(({ label }) => label === "__name__")?.value ?? "";
    if (mode !== "data") return;
    const value = name === "x" ? 1 : Math.floor(to / 50) % 2;
    yield { labels: { __name__: name }, times: Float64Array.of(to), values: Float64Array.of(value) };
  },
});

const { groups } = checkGroups("rules", [
  {
    name: "g",
    interval: 0.05,
    rules: [
      { alert: "Steady", expr: "x > 0" },
      { alert: "Changing", expr: "y > 0" },
      { alert: "Waiting", expr: "x > 0", for: "1h" },
    ],
  },
]);
const engine = new RuleEngine({
  groups,
  source,
  intervalMillis: 1_000,
  directory,
  onEvaluated: () => console.log(JSON.stringify(engine.active())),
});
engine.start();
setInterval(() => {}, 1_000);
