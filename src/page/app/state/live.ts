// The one stream of this tab, and views of the past.
import { batch, effect, signal, untracked } from "@preact/signals";
import type { NewEvents, Points, Status, View, ViewData } from "../../protocol.ts";
import { STATUS_ONLY } from "./address.ts";
import { connection, requested } from "./connection.ts";
import { withInfinities } from "./message.ts";
import { withEvents, withPoints } from "./points.ts";
import { ofPeer, peer } from "./peers.ts";
import { span, view as viewOfPlace } from "./route.ts";

/** Data of the view that the address names; `undefined` until it arrives. */
export const viewData = signal<ViewData | undefined>(undefined);
/** Why a view of the past is missing. */
export const viewError = signal("");
export const status = signal<Status | undefined>(undefined);
/** Local time of the last message, in milliseconds. The clocks of the two machines may differ. */
export const receivedAt = signal(0);

const MIN_RETRY_MILLIS = 1_000;
const MAX_RETRY_MILLIS = 30_000;
// An application sends a message each 15 s, or takes 60 s to end a connection that takes nothing.
const SILENCE_MILLIS = 90_000;

let stream: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let silence: ReturnType<typeof setTimeout> | undefined;
let attempts = 0;
let address = "";
let shown: View = "";
let request = new AbortController();
let instance = "";

/** Opens the stream of the present place, and changes it with the place. Closed while the page is hidden. */
export function followRoute(): void {
  effect(() => {
    const view = viewOfPlace.value;
    const times = span.value;
    const isOther = instance !== peer.value;
    untracked(() => {
      if (isOther) changeInstance(peer.value);
      show(view, times);
    });
  });
  // The last figures stay.
  effect(() => {
    if (connection.value.kind === "refused") close();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else connect();
  });
}

/** Tries again to load the view of the past. */
export function reload(): void {
  show(shown, span.peek());
}

/** Tries to connect now. */
export function retry(): void {
  attempts = 0;
  connect();
}

/** Begins a session with the endpoint's token. Returns the problem, or an empty text. */
export async function signIn(token: string): Promise<string> {
  const body = new URLSearchParams({ token });
  const response = await fetch("page/session", { method: "POST", body }).catch(() => undefined);
  if (response === undefined) return "The application cannot be reached";
  if (!response.ok) return "This is not the token or the password of the endpoint";
  retry();
  reload();
  return "";
}

/** The application's time, in Unix seconds: the local time until its first status. */
export function applicationTime(): number {
  const local = Date.now();
  const time = status.peek()?.time;
  return time === undefined ? local / 1_000 : time + (local - receivedAt.peek()) / 1_000;
}

// Figures of another instance are no longer shown.
function changeInstance(next: string): void {
  instance = next;
  batch(() => {
    viewData.value = undefined;
    status.value = undefined;
    receivedAt.value = 0;
  });
}

function show(view: View, times: typeof span.value): void {
  request.abort();
  request = new AbortController();
  batch(() => {
    viewError.value = "";
    // Other times of the same view replace its charts only when they arrive.
    if (view !== shown) viewData.value = undefined;
  });
  shown = view;
  const isLive = times.kind === "live" && view !== STATUS_ONLY;
  const next = isLive ? streamOf(view, times.seconds) : streamOf(STATUS_ONLY, 300);
  if (next !== address || stream === undefined) {
    address = next;
    attempts = 0;
    if (!document.hidden) connect();
  }
  if (times.kind === "past" && view !== STATUS_ONLY) void fetchPast(view, times, request.signal);
}

function streamOf(view: View, seconds: number): string {
  return `page/stream?view=${encodeURIComponent(view)}&range=${seconds}${ofPeer()}`;
}

async function fetchPast(view: View, times: PastTimes, aborted: AbortSignal): Promise<void> {
  try {
    const data = await pastView(view, times, aborted);
    if (!aborted.aborted && data !== undefined) viewData.value = data;
  } catch (error) {
    if (!aborted.aborted) viewError.value = error instanceof Error ? error.message : String(error);
  }
}

interface PastTimes {
  readonly from: number;
  readonly to: number;
}

/** The data of a view in a range of the past; `undefined` if the client is not authenticated. */
export async function pastView(
  view: View,
  { from, to }: PastTimes,
  aborted: AbortSignal,
): Promise<ViewData | undefined> {
  const url = `page/view?view=${encodeURIComponent(view)}&from=${from}&to=${to}${ofPeer()}`;
  for (;;) {
    const response = await requested(url, { signal: aborted });
    if (response.status === 401) return undefined;
    // The application evaluates few ranges at a time.
    const wait = Number(response.headers.get("retry-after"));
    if (response.status === 503 && wait > 0) {
      await new Promise((resolve) => setTimeout(resolve, 1_000 * wait));
      continue;
    }
    if (!response.ok) throw new Error((await response.text()).slice(0, 300) || `status ${response.status}`);
    return JSON.parse(await response.text(), withInfinities);
  }
}

function close(): void {
  stream?.close();
  stream = undefined;
  clearTimeout(timer);
  clearTimeout(silence);
}

function connect(): void {
  close();
  const opened = new EventSource(address);
  stream = opened;
  expectMessage();
  opened.addEventListener("open", () => {
    attempts = 0;
    connection.value = { kind: "open" };
    if (viewError.value !== "") reload();
  });
  opened.addEventListener("error", () => {
    if (opened === stream) void reconnect();
  });
  opened.addEventListener("beat", expectMessage);
  on(opened, "view", (data) => {
    if (data.view === shown && span.value.kind === "live") viewData.value = data;
  });
  on(opened, "points", (points) => {
    const data = viewData.value;
    if (data !== undefined && span.value.kind === "live") viewData.value = withPoints(data, points);
  });
  on(opened, "events", (events) => {
    const data = viewData.value;
    if (data !== undefined && span.value.kind === "live") viewData.value = withEvents(data, events);
  });
  on(opened, "status", (value) => {
    status.value = value;
  });
}

// A connection that a sleeping machine or a network has lost, or to a process that stands still, raises no error.
function expectMessage(): void {
  clearTimeout(silence);
  silence = setTimeout(() => void reconnect(), SILENCE_MILLIS);
}

/** Messages of the stream by the names of their events. */
interface Messages {
  readonly view: ViewData;
  readonly points: Points;
  readonly events: NewEvents;
  readonly status: Status;
}

function on<Name extends keyof Messages>(
  source: EventSource,
  name: Name,
  apply: (message: Messages[Name]) => void,
): void {
  source.addEventListener(name, (event: MessageEvent<string>) => {
    expectMessage();
    const message: Messages[Name] = JSON.parse(event.data, withInfinities);
    batch(() => {
      receivedAt.value = Date.now();
      apply(message);
    });
  });
}

// The browser's own reconnection has no backoff, and ends after a status such as 503.
async function reconnect(): Promise<void> {
  close();
  const longest = Math.min(MAX_RETRY_MILLIS, MIN_RETRY_MILLIS * 2 ** attempts++);
  const wait = longest * (0.75 + Math.random() / 4);
  const lost = { kind: "lost", retryAt: Date.now() + wait } as const;
  // The form to sign in keeps its text and its focus, unless the browser is signed in again.
  if (connection.value.kind !== "refused") connection.value = lost;
  timer = setTimeout(connect, wait);
  // The event of an error has no status.
  const now = Math.floor(Date.now() / 1_000);
  const response = await requested(`page/view?view=${STATUS_ONLY}&from=${now - 60}&to=${now}`, {
    signal: AbortSignal.timeout(SILENCE_MILLIS),
  }).catch(() => undefined);
  const isAdmitted = response !== undefined && response.status !== 401;
  if (isAdmitted && connection.value.kind === "refused") connection.value = lost;
}
