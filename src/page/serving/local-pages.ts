// The pages of this user's other applications on this machine. Each page has a folder below a private one, and listens on a
// socket there. It sends its address and its status to each client: only this user can connect.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import { findRuntimeDirectory, makePrivateFolder } from "../../io/files/runtime-directory.ts";
import { FOLDER_MODE } from "../../io/files/open-file.ts";
import { parsedJson } from "../../io/json.ts";
import { connectToOwner, holdLock, type OwnerLock } from "../../io/owner-lock.ts";
import { isRandomId, randomId } from "../../io/random-id.ts";
import { isObject, url } from "../../options/check.ts";
import type { Peer, Status } from "../protocol.ts";
import { MAX_STATUS_BYTES, peerFrom } from "./peer.ts";

/** A page's status, with its address. */
interface OwnPage extends Status {
  readonly url: string;
}

// Names of groups do not begin with a dot.
const FOLDER = ".pages";
const MAX_PAGES = 50;
const TIMEOUT_MILLIS = 1_000;
// A folder is made before its socket.
const MAKING_MILLIS = 10_000;

export class LocalPages {
  readonly #own = randomId();
  readonly #known = new Map<string, Peer>();
  readonly #folder: string | undefined;
  #lock: OwnerLock | undefined;

  /** @param self the own page and its state; `undefined` while it isn't served. */
  constructor(self: () => OwnPage | undefined) {
    this.#folder = folderOfPages();
    if (this.#folder === undefined) return;
    const own = join(this.#folder, this.#own);
    try {
      mkdirSync(own, { mode: FOLDER_MODE });
      this.#lock = holdLock(own, pipeOf(this.#own), (socket) => {
        socket.end(JSON.stringify(self() ?? null));
      });
    } catch {
      // Others do not list it: the folder or its socket cannot be made.
    }
    // Removes the folders of processes that were killed.
    void this.list();
  }

  /** Number of other pages; those of ended processes count until they are listed. */
  get count(): number {
    return this.#others().length;
  }

  /** The other pages, by name. One that doesn't respond is as it was before. Never rejects. */
  async list(): Promise<readonly Peer[]> {
    const found = await Promise.all(this.#others().map((id) => this.#ask(id)));
    return found
      .filter((each) => each !== undefined)
      .toSorted((a, b) => (a.service ?? "").localeCompare(b.service ?? "") || a.url.localeCompare(b.url));
  }

  /** The own page is no longer listed. */
  async end(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    await lock?.release();
    if (lock !== undefined) await this.#remove(this.#own);
  }

  async #ask(id: string): Promise<Peer | undefined> {
    const folder = join(this.#folder ?? "", id);
    const owner = await connectToOwner(folder, pipeOf(id));
    if (owner === "dead") {
      this.#known.delete(id);
      const stats = statSync(folder, { throwIfNoEntry: false });
      if (stats !== undefined && Date.now() - stats.mtimeMs > MAKING_MILLIS) await this.#remove(id);
      return undefined;
    }
    const answer = owner === "unknown" ? undefined : await textFrom(owner);
    if (answer === undefined) {
      const last = this.#known.get(id);
      return last && { ...last, problem: "it doesn't respond: its event loop is blocked, or it is stopped" };
    }
    const found = parsedJson(answer);
    const address = isObject(found) ? url.read(found["url"]) : undefined;
    if (!isObject(found) || address === undefined) return undefined;
    const peer = { ...peerFrom(address, found), isLocal: true };
    this.#known.set(id, peer);
    return peer;
  }

  #others(): readonly string[] {
    try {
      const names = this.#folder === undefined ? [] : readdirSync(this.#folder);
      return names.filter((name) => isRandomId(name) && name !== this.#own).slice(0, MAX_PAGES);
    } catch {
      return [];
    }
  }

  async #remove(id: string): Promise<void> {
    const folder = join(this.#folder ?? "", id);
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

function folderOfPages(): string | undefined {
  const { directory } = findRuntimeDirectory();
  const folder = directory && join(directory, FOLDER);
  return folder !== undefined && makePrivateFolder(folder) === undefined ? folder : undefined;
}

function pipeOf(id: string): string {
  return `page-${id}`;
}

/** All that the other process sends; `undefined` if it is late, or sends too much. */
async function textFrom(socket: Socket): Promise<string | undefined> {
  const timer = setTimeout(() => socket.destroy(new Error("late")), TIMEOUT_MILLIS).unref();
  try {
    let text = "";
    for await (const chunk of socket.setEncoding("utf8")) {
      text += String(chunk);
      if (text.length > MAX_STATUS_BYTES) return undefined;
    }
    return text;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
