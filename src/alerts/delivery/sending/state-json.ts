// The state file's content: groups with their announced alerts, and waiting notifications.
import { assertFileVersion } from "../../../io/files/file-version.ts";
import { listOf, number, object, optional, string, texts } from "../../saved-json.ts";
import type { Alert } from "../../alert.ts";
import { identityOf } from "../identity.ts";
import type { QueuedNotification } from "../notification.ts";
import { type Announced, type Entry, Group } from "../routing/group.ts";
import type { Correlated } from "../../../anomalies/correlation/correlated.ts";

const VERSION = 1;

/** A notification that waits, with its place. */
export interface StoredNotification {
  readonly receiver: string;
  readonly lane: string;
  readonly notification: QueuedNotification;
  /** Time of its first refusal, in milliseconds since the epoch. */
  readonly refusedSinceUnixMillis: number | undefined;
}

/** Content of the state file. */
export interface StoredState {
  readonly groups: readonly StoredGroup[];
  /** In order within each lane. */
  readonly waiting: readonly StoredNotification[];
}

/** A group; the time of its next notification in milliseconds since the epoch. */
export interface StoredGroup {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly dueUnixMillis: number;
  readonly wasFlushed: boolean;
  readonly alerts: readonly Alert[];
  readonly announced: Readonly<Record<string, StoredAnnounced>>;
}

/** Places of the announced alerts in the list of the group's alerts. */
interface StoredAnnounced {
  /** The latest of the times. */
  readonly at: number;
  readonly alerts: readonly number[];
  /** The time of each alert, if they differ. */
  readonly times?: readonly number[] | undefined;
}

/** The file from its parts, each of which is written once per change. */
export function stateBytes(groups: readonly Uint8Array[], waiting: readonly Uint8Array[]): Uint8Array[] {
  return [
    Buffer.from(`{"version":${VERSION},"groups":[\n`),
    ...separated(groups),
    Buffer.from('\n],"waiting":[\n'),
    ...separated(waiting),
    Buffer.from("\n]}\n"),
  ];
}

export function groupBytes(group: Group, dueUnixMillis: number): Uint8Array {
  const { key, labels, wasFlushed } = group;
  const places = new Map([...group.entries.keys()].map((identity, i) => [identity, i]));
  const announced = Object.fromEntries(
    [...group.announced].map(([receiver, each]) => [receiver, storedFrom(each, places)]),
  );
  const alerts = [...group.entries.values()].map(({ alert }) => alertJson(alert));
  return Buffer.from(JSON.stringify({ key, labels, dueUnixMillis, wasFlushed, alerts, announced }));
}

function storedFrom(announced: Announced, places: ReadonlyMap<string, number>): StoredAnnounced {
  const placed = [...announced].flatMap(([identity, time]) => {
    const place = places.get(identity);
    return place === undefined ? [] : [{ place, time }];
  });
  const times = placed.map(({ time }) => time);
  const at = Math.max(0, ...times);
  return {
    at,
    alerts: placed.map(({ place }) => place),
    ...(times.some((time) => time !== at) && { times }),
  };
}

export function notificationBytes({ notification, ...others }: StoredNotification): Uint8Array {
  const alerts = notification.alerts.map(alertJson);
  return Buffer.from(JSON.stringify({ ...others, notification: { ...notification, alerts } }));
}

/** @throws Error if the text is not a state file of this version. */
export function stateFrom(text: string): StoredState {
  const state = object(JSON.parse(text));
  assertFileVersion(state["version"], VERSION);
  return {
    groups: listOf(state["groups"], storedGroup),
    waiting: listOf(state["waiting"], storedNotification),
  };
}

/** A group as it was when it was stored. */
export function groupFrom(stored: StoredGroup, dueMillis: number): Group {
  const group = new Group(stored.key, stored.labels, dueMillis);
  group.wasFlushed = stored.wasFlushed;
  const identities = stored.alerts.map(({ labels }) => identityOf(labels));
  stored.alerts.forEach((alert, i) => {
    const entry: Entry = { alert, lostAtSeconds: Infinity, bytes: 0 };
    group.entries.set(identities[i] ?? "", entry);
  });
  for (const [receiver, { at, alerts, times }] of Object.entries(stored.announced)) {
    const announced = group.announcedTo(receiver);
    alerts.forEach((place, i) => {
      const identity = identities[place];
      if (identity !== undefined) announced.set(identity, times?.[i] ?? at);
    });
  }
  return group;
}

// JSON has no NaN.
function alertJson({
  name,
  state,
  labels,
  annotations,
  value,
  activeAt,
  firedAt,
  resolvedAt,
  correlated,
}: Alert): object {
  const own = { name, state, labels, annotations, value: String(value) };
  return { ...own, activeAt, firedAt, resolvedAt, correlated };
}

function separated(pieces: readonly Uint8Array[]): Uint8Array[] {
  const separator = Buffer.from(",\n");
  return pieces.flatMap((piece, i) => (i === 0 ? [piece] : [separator, piece]));
}

function storedGroup(value: unknown): StoredGroup {
  const { key, labels, dueUnixMillis, wasFlushed, alerts, announced } = object(value);
  return {
    key: string(key),
    labels: texts(labels),
    dueUnixMillis: number(dueUnixMillis),
    wasFlushed: wasFlushed === true,
    alerts: listOf(alerts, alertFrom),
    announced: Object.fromEntries(
      Object.entries(object(announced)).map(([receiver, each]) => {
        const { at, alerts: places, times } = object(each);
        const own = { at: number(at), alerts: listOf(places, number) };
        return [receiver, times === undefined ? own : { ...own, times: listOf(times, number) }];
      }),
    ),
  };
}

function storedNotification(value: unknown): StoredNotification {
  const { receiver, lane, notification, refusedSinceUnixMillis } = object(value);
  const { id, groupKey, groupLabels, alerts: stored, fresh, timeUnixMillis } = object(notification);
  const alerts = listOf(stored, alertFrom);
  return {
    receiver: string(receiver),
    lane: string(lane),
    notification: {
      id: string(id),
      groupKey: string(groupKey),
      groupLabels: texts(groupLabels),
      alerts,
      // Files of earlier versions do not have it.
      fresh: fresh === undefined ? alerts.map(({ labels }) => identityOf(labels)) : listOf(fresh, string),
      timeUnixMillis: number(timeUnixMillis),
    },
    refusedSinceUnixMillis: optional(refusedSinceUnixMillis, number),
  };
}

function alertFrom(value: unknown): Alert {
  const { name, state, labels, annotations, value: written, ...others } = object(value);
  const { activeAt, firedAt, resolvedAt, correlated } = others;
  if (state !== "firing" && state !== "resolved") throw new TypeError("an alert has no state");
  return {
    name: string(name),
    state,
    labels: texts(labels),
    annotations: texts(annotations),
    value: Number(string(written)),
    activeAt: number(activeAt),
    ...(firedAt !== undefined && { firedAt: number(firedAt) }),
    ...(resolvedAt !== undefined && { resolvedAt: number(resolvedAt) }),
    ...(correlated !== undefined && { correlated: listOf(correlated, correlatedFrom) }),
  };
}

const DIRECTIONS: readonly Correlated["direction"][] = ["up", "down", "wider", "narrower"];

/**
 * Reads a correlated series from the state file. JSON has no infinity: it writes an infinite factor as `null`.
 *
 * @throws TypeError if the value is not a correlated series.
 */
function correlatedFrom(value: unknown): Correlated {
  const { metric, labels, component, isWeak, strength, explains, ...others } = object(value);
  const { direction: word, factor, leadSeconds } = others;
  const direction = DIRECTIONS.find((each) => each === word);
  if (direction === undefined) throw new TypeError("a correlated series is damaged");
  return {
    metric: string(metric),
    labels: texts(labels),
    // Files of earlier versions have no components, and no weak ones.
    component: string(component ?? metric),
    isWeak: isWeak === true,
    strength: number(strength),
    ...(explains !== undefined && { explains: number(explains) }),
    direction,
    factor: typeof factor === "number" ? factor : Infinity,
    leadSeconds: number(leadSeconds),
  };
}
