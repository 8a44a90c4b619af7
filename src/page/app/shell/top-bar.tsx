// Name of the application, search, times, age of the figures, colours.
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { now } from "../state/clock.ts";
import { connection } from "../state/connection.ts";
import { receivedAt, status } from "../state/live.ts";
import { comparison } from "../state/comparison.ts";
import { linkTo, route, setParams, showLive, showPast, span } from "../state/route.ts";
import { chooseNextTheme, theme } from "../state/theme.ts";
import { durationText, timeText } from "../text/times.ts";
import { Icon } from "./icons.tsx";
import { Instances } from "./instances.tsx";
import { isHelpShown, searchInstruments } from "./keys.ts";
import { isMenuOpen } from "./navigation.tsx";

const RANGES: readonly (readonly [seconds: number, name: string])[] = [
  [300, "Last 5 minutes"],
  [900, "Last 15 minutes"],
  [3_600, "Last hour"],
  [6 * 3_600, "Last 6 hours"],
  [86_400, "Last 24 hours"],
  [7 * 86_400, "Last 7 days"],
];

const COMPARISONS: readonly (readonly [seconds: number, name: string])[] = [
  [0, "Compare"],
  [3_600, "with an hour ago"],
  [86_400, "with a day ago"],
  [7 * 86_400, "with a week ago"],
];

/** The bar at the top. */
export function TopBar(): JSX.Element {
  const { service = "", version = "" } = status.value ?? {};
  return (
    <header class="top">
      <button
        type="button"
        class="icon menu"
        aria-label="Menu"
        aria-expanded={isMenuOpen.value}
        aria-controls="navigation"
        onClick={() => {
          isMenuOpen.value = !isMenuOpen.value;
        }}
      >
        <Icon name="menu" />
      </button>
      <a class="brand" href={linkTo("overview")} title="Overview">
        <Icon name="mark" />
        <strong>{service === "" ? "Tachymeter" : shownText(service)}</strong>
        {version !== "" && <span class="muted version">{shownText(version)}</span>}
      </a>
      <Instances />
      <Age />
      <span class="grow" />
      <input
        id="search"
        type="search"
        placeholder="Search instruments  /"
        aria-label="Search instruments"
        value={route.value.page === "instruments" ? (route.value.params.get("q") ?? "") : ""}
        onInput={(event) => searchInstruments(event.currentTarget.value)}
      />
      <Comparison />
      <Times />
      <button
        type="button"
        class="icon"
        aria-label={`Colours: ${theme.value}`}
        title={`Colours: ${theme.value}`}
        onClick={chooseNextTheme}
      >
        <Icon name={theme.value} />
      </button>
      <button
        type="button"
        class="icon help"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => {
          isHelpShown.value = true;
        }}
      >
        <Icon name="help" />
      </button>
    </header>
  );
}

// The time since the last message: the clocks of the two machines may differ.
function Age(): JSX.Element {
  const isPast = span.value.kind === "past";
  const isOpen = connection.value.kind === "open";
  const age = Math.max(0, (now.value - receivedAt.value) / 1_000);
  const text =
    receivedAt.value === 0
      ? "Connecting"
      : isPast
        ? "Past"
        : `${isOpen ? "Live" : "Lost"} · ${durationText(age)} ago`;
  return <span class={`age ${isPast ? "past" : isOpen ? "live" : "lost"}`}>{text}</span>;
}

function Comparison(): JSX.Element {
  return (
    <Lengths
      kind="times compare"
      label="Compare with an earlier time"
      chosen={comparison.value}
      listed={COMPARISONS}
      other={`with ${durationText(comparison.value)} ago`}
      onChoose={(seconds) => setParams({ compare: seconds === 0 ? "" : String(seconds) })}
    />
  );
}

// A choice of lengths in seconds. That of the address may be another one.
function Lengths(props: {
  readonly kind: string;
  readonly label: string;
  readonly chosen: number;
  readonly listed: readonly (readonly [seconds: number, name: string])[];
  readonly other: string;
  readonly onChoose: (seconds: number) => void;
}): JSX.Element {
  const { kind, label, chosen, listed, other, onChoose } = props;
  return (
    <select
      class={kind}
      aria-label={label}
      value={chosen}
      onChange={(event) => onChoose(Number(event.currentTarget.value))}
    >
      {!listed.some(([seconds]) => seconds === chosen) && <option value={chosen}>{other}</option>}
      {listed.map(([seconds, name]) => (
        <option key={seconds} value={seconds}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Times(): JSX.Element {
  const times = span.value;
  if (times.kind === "past") {
    const length = times.to - times.from;
    return (
      <span class="times">
        <button type="button" aria-label="Earlier" onClick={() => showPast(times.from - length, times.from)}>
          ‹
        </button>
        <span class="between">
          {timeText(times.from)} – {timeText(times.to)}
        </span>
        <button type="button" aria-label="Later" onClick={() => showPast(times.to, times.to + length)}>
          ›
        </button>
        <button type="button" class="primary" title="Back to live (Esc)" onClick={() => showLive(900)}>
          Live
        </button>
      </span>
    );
  }
  return (
    <Lengths
      kind="times"
      label="Time range"
      chosen={times.seconds}
      listed={RANGES}
      other={`Last ${durationText(times.seconds)}`}
      onChoose={showLive}
    />
  );
}
