// Another instance, by the status that it sends.
import { isObject } from "../../options/check.ts";
import { shortened } from "../charts/legend.ts";
import type { Peer } from "../protocol.ts";

/** Maximum bytes of a status. */
export const MAX_STATUS_BYTES: number = 4 * 1024 * 1024;
const MAX_TEXT = 200;

/** The instance, by its status, which is that of a stranger: it may be anything. */
export function peerFrom(url: string, status: Readonly<Record<string, unknown>>): Peer {
  const text = (value: unknown): string => (typeof value === "string" ? shortened(value, MAX_TEXT) : "");
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const { service, version, health, alerts, members } = status;
  const active = list(alerts).filter(isObject);
  const state = isObject(health) ? text(health["status"]) : "";
  return {
    url,
    service: text(service),
    version: text(version),
    ...(state !== "" && { health: state }),
    firing: active.filter((alert) => alert["state"] === "firing" && alert["silenceId"] === undefined).length,
    pending: active.filter((alert) => alert["state"] === "pending").length,
    members: list(members).length,
  };
}
