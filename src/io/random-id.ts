// Random ids of processes' folders and files.
import { randomBytes } from "node:crypto";

const ID = /^[0-9a-f]{16}$/;

/** Sixteen hexadecimal digits: no other process has the same. */
export function randomId(): string {
  return randomBytes(8).toString("hex");
}

/** Whether a name may be a {@link randomId}. */
export function isRandomId(name: string): boolean {
  return ID.test(name);
}
