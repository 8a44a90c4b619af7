// Processes and threads of the group: all, and one.
import type { ComponentChildren, JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { status, viewData } from "../state/live.ts";
import { instanceLink, peers } from "../state/peers.ts";
import { linkTo, route } from "../state/route.ts";
import { durationText } from "../text/times.ts";
import { AreaCharts } from "./area.tsx";
import { Charts } from "./charts.tsx";
import { Empty, Skeleton } from "./empty.tsx";

const ROLES: Readonly<Record<string, string>> = {
  aggregator: "exports the metrics",
  process: "reports its figures",
  thread: "worker thread",
};

/** The members of the group, and the charts of processes. */
export function ProcessesPage(): JSX.Element {
  const members = status.value?.members ?? [];
  return (
    <>
      <h1>Processes</h1>
      {members.length > 0 && (
        <div class="scroll card" tabIndex={0} role="region" aria-label="Processes and threads">
          <table class="list">
            <thead>
              <tr>
                <th scope="col">Instance</th>
                <th scope="col" class="number">
                  Process id
                </th>
                <th scope="col">Role</th>
                <th scope="col" class="number">
                  Age of its figures
                </th>
              </tr>
            </thead>
            <tbody>
              {members.map(({ instance, pid, role, ageSeconds }) => (
                <tr key={instance}>
                  <th scope="row">
                    <a href={linkTo("process", instance)}>{shownText(instance)}</a>
                  </th>
                  <td class="number">{pid}</td>
                  <td>{ROLES[role] ?? shownText(role)}</td>
                  <td class="number">{durationText(ageSeconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Instances />
      <AreaCharts area="process" />
    </>
  );
}

// Those of option `page.peers`, and other pages of this machine, with the state of each.
function Instances(): JSX.Element | null {
  if (peers.value.length === 0) return null;
  return (
    <div class="scroll card" tabIndex={0} role="region" aria-label="Other instances">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Other instance</th>
            <th scope="col">Service</th>
            <th scope="col">Health</th>
            <th scope="col">Alerts</th>
            <th scope="col" class="number">
              Processes, threads
            </th>
          </tr>
        </thead>
        <tbody>
          {peers.value.map((each, i) => (
            <tr key={each.url}>
              <th scope="row">
                <a href={instanceLink(i)}>{shownText(new URL(each.url).host)}</a>
              </th>
              <td>{shownText(`${each.service ?? ""} ${each.version ?? ""}`)}</td>
              {each.problem === undefined ? (
                <>
                  <td>{shownText(each.health ?? "unknown")}</td>
                  <td>{`${each.firing ?? 0} firing, ${each.pending ?? 0} pending`}</td>
                  <td class="number">{each.members ?? 0}</td>
                </>
              ) : (
                <td colSpan={3}>{shownText(each.problem)}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Charts of one process. */
export function ProcessPage(): JSX.Element {
  const isOfGroup = (status.value?.members.length ?? 0) > 1;
  return (
    <>
      <p class="crumb">
        <a href={linkTo("processes")}>Processes</a>
      </p>
      <h1 class="foreign">Process {shownText(route.value.name)}</h1>
      <MemberCharts title="No series of this process">
        {isOfGroup &&
          'The figures of a group are added up. TACHYMETER_GROUP_GAUGES=each keeps those of your gauges for each process, and a view with acrossMembers: "each" also those of Tachymeter.'}
      </MemberCharts>
    </>
  );
}

/** The charts of the view, or a hint if it has no chart. */
export function MemberCharts(props: {
  readonly title: string;
  /** A further hint. */
  readonly children?: ComponentChildren;
}): JSX.Element {
  const view = viewData.value;
  if (view === undefined) return <Skeleton size="panel" count={4} />;
  if (view.charts.length > 0) return <Charts view={view} />;
  return (
    <Empty title={props.title}>
      It may have ended, or it has not recorded anything in these times. {props.children}
    </Empty>
  );
}
