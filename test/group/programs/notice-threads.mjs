// A preload that keeps the first thread of the process, which is one of Tachymeter's.
import { subscribe } from "node:diagnostics_channel";

subscribe("worker_threads", ({ worker }) => (globalThis.firstThread ??= worker));
