// One metric: its series, all or by an attribute, and exemplars.
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { ViewData } from "../../protocol.ts";
import { status, viewData } from "../state/live.ts";
import { linkTo, route, setParams } from "../state/route.ts";
import { timeText } from "../text/times.ts";
import { valueCountText, valueWithUnit } from "../text/values.ts";
import { Charts } from "./charts.tsx";
import { Empty, Skeleton } from "./empty.tsx";

type Instrument = NonNullable<ViewData["instrument"]>;

/** The page of the instrument that the address names. */
export function InstrumentPage(): JSX.Element {
  const view = viewData.value;
  const instrument = view?.instrument;
  return (
    <>
      <p class="crumb">
        <a href={linkTo("instruments")}>Instruments</a>
      </p>
      <h1 class="foreign">{shownText(instrument?.name ?? route.value.name)}</h1>
      {view === undefined ? (
        <Skeleton size="panel" count={2} />
      ) : instrument === undefined ? (
        <Empty title="No series of this instrument">
          It has not recorded anything in these times, or its name is different.{" "}
          <a href={linkTo("instruments")}>List all</a>
        </Empty>
      ) : (
        <>
          <Facts instrument={instrument} />
          <Attributes instrument={instrument} />
          {view.charts.length === 0 ? (
            <Empty title="No values yet">
              A rate needs two collections. The first one appears in a few seconds.
            </Empty>
          ) : (
            <Charts view={view} />
          )}
          <Exemplars instrument={instrument} unit={valueUnit(view)} />
        </>
      )}
    </>
  );
}

function Facts({ instrument }: { readonly instrument: Instrument }): JSX.Element {
  const { type, unit, description, series, widest, overflowing } = instrument;
  return (
    <>
      <p class="lead">{shownText(description)}</p>
      <p class="facts">
        <span class="badge">{shownText(type)}</span>
        {unit !== "" && <span class="badge">{shownText(unit)}</span>}
        <span>
          <strong>{series}</strong> series
        </span>
        {widest !== undefined && widest.values > 1 && (
          <span>
            widest attribute <strong>{shownText(widest.attribute)}</strong> with {valueCountText(widest)}{" "}
            values
          </span>
        )}
        {overflowing && (
          <span class="badge bad">Further attribute sets are counted in the overflow series</span>
        )}
      </p>
    </>
  );
}

function Attributes({ instrument }: { readonly instrument: Instrument }): JSX.Element | null {
  const by = route.value.params.get("by") ?? "";
  if (instrument.attributes.length === 0) return null;
  const choices = [{ name: "", values: instrument.series }, ...instrument.attributes];
  return (
    <div class="choices" role="group" aria-label="By attribute">
      {choices.map(({ name, ...count }) => (
        <button key={name} type="button" aria-pressed={name === by} onClick={() => setParams({ by: name })}>
          {name === "" ? "All series" : shownText(name)} <span class="muted">{valueCountText(count)}</span>
        </button>
      ))}
    </div>
  );
}

// Values of exemplars are not per second.
function valueUnit({ charts }: ViewData): string {
  return charts.find(({ unit }) => !unit.endsWith("/s"))?.unit ?? "";
}

function Exemplars(props: { readonly instrument: Instrument; readonly unit: string }): JSX.Element | null {
  const { instrument, unit } = props;
  const template = status.value?.traceUrl;
  if (instrument.exemplars.length === 0) return null;
  return (
    <section class="card">
      <h2>Exemplars</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Exemplars">
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col" class="number">
                Value
              </th>
              <th scope="col">Trace</th>
            </tr>
          </thead>
          <tbody>
            {instrument.exemplars.map(({ time, value, traceId }, i) => (
              <tr key={i}>
                <th scope="row">{timeText(time)}</th>
                <td class="number">{valueWithUnit(value, unit)}</td>
                <td>
                  <Trace template={template} traceId={traceId} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Trace(props: { readonly template: string | undefined; readonly traceId: string }): JSX.Element {
  const { template, traceId } = props;
  const address = template?.replaceAll("{trace_id}", encodeURIComponent(traceId)) ?? "";
  // A link of another scheme could run a script.
  if (!/^https?:\/\//i.test(address)) return <code>{shownText(traceId)}</code>;
  return (
    <a href={address} target="_blank" rel="noreferrer">
      <code>{shownText(traceId)}</code>
    </a>
  );
}
