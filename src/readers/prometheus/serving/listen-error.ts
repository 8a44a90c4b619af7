// What can go wrong where a server starts to listen.

/**
 * The server cannot start because another program, or another exporter, listens on its port. `code` is that of Node's
 * own error, `tachymeterCode` is ours.
 */
export class PortInUseError extends Error {
  override readonly name = "PortInUseError";
  readonly code = "EADDRINUSE";
  readonly tachymeterCode = "TACHYMETER_PORT_IN_USE";
}

/** The server cannot start, for any other reason: `cause` has the system's own. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code = "TACHYMETER_LISTEN";
}

/** The error of a listen that failed, with what to do about it. */
export function listenErrorFrom(
  cause: NodeJS.ErrnoException,
  host: string,
  port: number,
): PortInUseError | ListenError {
  const thing = `prometheus exporter "${host}:${port}"`;
  const remedy = REMEDIES.get(cause.code ?? "") ?? "see the cause";
  return cause.code === "EADDRINUSE"
    ? new PortInUseError(`${thing}: port ${port} of ${host} is in use; ${remedy}`, { cause })
    : new ListenError(`${thing}: cannot listen (${cause.message}); ${remedy}`, { cause });
}

const REMEDIES: ReadonlyMap<string, string> = new Map([
  [
    "EADDRINUSE",
    "end the program that listens there, or set another port by option `port` or OTEL_EXPORTER_PROMETHEUS_PORT (0 takes any free one)",
  ],
  ["EACCES", "choose a port of 1024 or above, or give the program the right to this one"],
  ["EADDRNOTAVAIL", "give an address of this machine by option `host` or OTEL_EXPORTER_PROMETHEUS_HOST"],
  ["ENOTFOUND", "give a host name that resolves, by option `host` or OTEL_EXPORTER_PROMETHEUS_HOST"],
]);
