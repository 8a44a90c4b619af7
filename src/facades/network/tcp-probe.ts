// One TCP connection, made to see how long that takes.
import { connect } from "node:net";
import { asInternalTraffic } from "../../io/http/internal-traffic.ts";

/** How long connecting took, in seconds. */
export interface TcpTimes {
  /** Of the look-up of the host's name; missing where the host was an address. */
  readonly dns?: number;
  /** From there until the connection stood. */
  readonly connect: number;
  readonly total: number;
}

/** How a probe is run. */
export interface ProbeOptions {
  readonly timeoutSeconds: number;
  /** Whether it keeps the program running until it ends. */
  readonly holdsProcess: boolean;
}

/** Connects and closes again; `undefined` where there was no connection within the time. Never rejects. */
export function tcpProbe(
  host: string,
  port: number,
  { timeoutSeconds, holdsProcess }: ProbeOptions,
): Promise<TcpTimes | undefined> {
  return new Promise((resolve) => {
    const startMillis = performance.now();
    let lookedUpMillis: number | undefined;
    const socket = asInternalTraffic(() => connect({ host, port }));
    const timer = setTimeout(() => end(undefined), timeoutSeconds * 1_000);
    const end = (times: TcpTimes | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(times);
    };
    if (!holdsProcess) {
      socket.unref();
      timer.unref();
    }
    socket.once("lookup", () => (lookedUpMillis = performance.now()));
    socket.on("error", () => end(undefined));
    socket.once("connect", () => {
      const now = performance.now();
      end({
        ...(lookedUpMillis !== undefined && { dns: (lookedUpMillis - startMillis) / 1_000 }),
        connect: (now - (lookedUpMillis ?? startMillis)) / 1_000,
        total: (now - startMillis) / 1_000,
      });
    });
  });
}
