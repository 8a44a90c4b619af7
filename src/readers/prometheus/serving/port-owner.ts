import { Agent } from "node:http";
import { exchange } from "../../../io/http/exchange.ts";

const TIMEOUT_MILLIS = 1_000;
const MAX_BYTES = 256 * 1024;

/**
 * The process with Tachymeter that serves metrics on a port, in words; `undefined` if another program has it. With
 * `isAwaited` the question keeps this process alive.
 */
export async function portOwner(host: string, port: number, isAwaited: boolean): Promise<string | undefined> {
  const name = host.includes(":") ? `[${host}]` : host;
  try {
    const { body } = await exchange({
      method: "GET",
      url: new URL(`http://${name}:${port}/metrics`),
      headers: {},
      body: [],
      agent: new Agent(),
      timeoutMillis: TIMEOUT_MILLIS,
      maxAnswerBytes: MAX_BYTES,
      isAwaited,
    });
    const text = Buffer.from(body).toString();
    const [target = ""] = /^target_info\{.*/m.exec(text) ?? [];
    const [, pid] = /[{,]process_pid="(\d{1,10})"/.exec(target) ?? [];
    const [, service = ""] = /[{,]service_name="([\w .:@/-]{1,100})"/.exec(target) ?? [];
    if (pid === undefined || !text.includes('="tachymeter.')) return undefined;
    return `process ${pid} has it, which runs Tachymeter${service === "" ? "" : ` as "${service}"`}`;
  } catch {
    return undefined;
  }
}
