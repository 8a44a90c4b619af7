// The charts of an area.
import type { JSX } from "preact";
import { type Area, AREAS } from "../../panels/panel.ts";
import { viewData } from "../state/live.ts";
import { route } from "../state/route.ts";
import { Charts } from "./charts.tsx";
import { Empty, Skeleton } from "./empty.tsx";
import { FiguresTables } from "./figures-table.tsx";

const NOTHING_YET: Readonly<Record<Area, readonly [title: string, hint: string]>> = {
  http: [
    "No HTTP request yet",
    "Requests that the application serves or makes are measured without further code.",
  ],
  messages: [
    "No message yet",
    "Messages of supported brokers are measured, and those recorded with telemetry.messaging.",
  ],
  commands: [
    "No command yet",
    "Record commands with telemetry.commands, or run them by a supported library.",
  ],
  databases: [
    "No database operation yet",
    "Operations of supported database clients are measured without further code.",
  ],
  models: [
    "No call of a model yet",
    "Calls by supported libraries are measured, and those recorded with telemetry.genAi.",
  ],
  coordination: ["No node yet", "Record nodes, elections and locks with telemetry.coordination."],
  kernels: ["No worker yet", "Record workers with telemetry.kernels, or start with TACHYMETER_KERNELS=true."],
  health: ["No component yet", "Register components and checks with telemetry.health."],
  network: ["No network check yet", "Add targets with telemetry.network."],
  runtime: [
    "No figure of Node.js yet",
    "The first one appears after a collection. The option runtime must not be false.",
  ],
  process: [
    "No figure of the process yet",
    "The first one appears after a collection. The option host must not be false.",
  ],
  machine: [
    "No figure of the machine yet",
    "The first one appears after a collection. The option host must not be false.",
  ],
  telemetry: [
    "Nothing dropped, nothing waiting",
    "This area shows dropped measurements, the outbox and the group.",
  ],
};

/** The page of the area that the address names. */
export function AreaPage(): JSX.Element {
  const { name } = route.value;
  if (!isArea(name)) {
    return (
      <>
        <h1 class="hidden">Areas</h1>
        <Empty title="This area does not exist">Choose one in the list of pages.</Empty>
      </>
    );
  }
  return (
    <>
      <h1>{AREAS[name]}</h1>
      <AreaCharts area={name} />
    </>
  );
}

/** The charts of the view, or a hint if it has no chart. */
export function AreaCharts({ area }: { readonly area: Area }): JSX.Element {
  const view = viewData.value;
  if (view === undefined) return <Skeleton size="panel" count={4} />;
  const [title, hint] = NOTHING_YET[area];
  if (view.charts.length === 0) return <Empty title={title}>{hint}</Empty>;
  return (
    <>
      <Charts view={view} />
      <FiguresTables tables={view.tables ?? []} />
    </>
  );
}

function isArea(name: string): name is Area {
  return Object.hasOwn(AREAS, name);
}
