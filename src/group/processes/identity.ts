// The identity of a group, in its `group.json`: made by its first process, and kept by all later ones.
import { readTextSync } from "../../io/files/open-file.ts";
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { publishOnce } from "./state-files.ts";

export interface GroupIdentity {
  /** Attribute `service.instance.id` of the group. */
  readonly id: string;
  /** Name of the group. */
  readonly name: string;
  readonly serviceName: string;
}

const MAX_ID = 255;

/**
 * Reads the identity of a group, or makes it.
 *
 * @param proposed for a group without one; `id` is random by default.
 * @throws the system's error.
 */
export function identityOf(
  folder: string,
  proposed: Omit<GroupIdentity, "id"> & { readonly id?: string | undefined },
): GroupIdentity {
  const path = join(folder, "group.json");
  const made: GroupIdentity = { ...proposed, id: proposed.id ?? randomUUID() };
  for (let attempt = 0; attempt < 2; attempt++) {
    const existing = readIdentity(folder);
    if (existing !== undefined) return existing;
    if (publishOnce(path, `${JSON.stringify(made)}\n`)) return made;
    // Another process has made it meanwhile; if it is still unreadable, it is damaged.
    if (attempt === 0 && readIdentity(folder) === undefined) rmSync(path, { force: true });
  }
  return made;
}

/** The identity of a group; `undefined` if it is missing or damaged. */
export function readIdentity(folder: string): GroupIdentity | undefined {
  try {
    const stored: Partial<Record<keyof GroupIdentity, unknown>> = JSON.parse(
      readTextSync(join(folder, "group.json")),
    );
    const { id, name, serviceName } = stored;
    if (typeof id !== "string" || id === "" || id.length > MAX_ID) return undefined;
    if (typeof name !== "string" || typeof serviceName !== "string") return undefined;
    return { id, name, serviceName };
  } catch {
    return undefined;
  }
}
