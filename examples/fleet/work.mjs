// One round's files: which wait, which are out with whom, what was reported.

const MAX_JOB_FILES = 16;

let lastJob = 0;

export class Work {
  total;
  handedOut = 0;
  /** Files reported; of them those that could not be read, and what the others add up to. */
  done = 0;
  unreadable = 0;
  bytes = { read: 0, gzip: 0, brotli: 0 };
  /** Files that changed hands, and reports on files that were no longer with the one who reported. */
  takenOver = 0;
  late = 0;
  #waiting;
  #jobFiles;
  #jobs = new Map();
  #reports = new Map();

  constructor(files) {
    this.total = files.length;
    this.#waiting = files.toReversed();
    this.#jobFiles = Math.min(MAX_JOB_FILES, Math.ceil(files.length / 200));
  }

  get outstanding() {
    return this.handedOut - this.done;
  }

  get eachReportedOnce() {
    return this.#reports.size === this.handedOut && [...this.#reports.values()].every((count) => count === 1);
  }

  get progress() {
    const { total, handedOut, done, unreadable, bytes, takenOver, late, eachReportedOnce } = this;
    return { total, handedOut, done, unreadable, bytes, takenOver, late, eachReportedOnce };
  }

  jobsOf(node) {
    return [...this.#jobs.values()].filter((job) => job.node === node).length;
  }

  /** The next job, for `node`. */
  handOut(node) {
    const files = this.#waiting.splice(-this.#jobFiles).toReversed();
    this.handedOut += files.length;
    return this.#assign(node, files);
  }

  /** What `node` left unfinished, as a job for `heir`. Without an heir it waits again. */
  takeOver(node, heir) {
    const left = [];
    for (const [id, job] of this.#jobs) {
      if (job.node !== node) continue;
      left.push(...job.files.values());
      this.#jobs.delete(id);
    }
    if (heir !== undefined) {
      this.takenOver += left.length;
      return this.#assign(heir, left);
    }
    this.#waiting.push(...left);
    this.handedOut -= left.length;
    return { files: left };
  }

  /** Takes the report on one file; gives the job when that was its last file. */
  report({ job: id, path, error, size, gzip, brotli }) {
    const job = this.#jobs.get(id);
    if (job?.files.delete(path) !== true) {
      this.late++;
      return undefined;
    }
    this.#reports.set(path, (this.#reports.get(path) ?? 0) + 1);
    this.done++;
    if (error === undefined) {
      this.bytes.read += size;
      this.bytes.gzip += gzip;
      this.bytes.brotli += brotli;
    } else this.unreadable++;
    if (job.files.size > 0) return undefined;
    this.#jobs.delete(id);
    return job;
  }

  #assign(node, files) {
    const id = ++lastJob;
    const startedAt = performance.now();
    if (files.length > 0)
      this.#jobs.set(id, { node, startedAt, files: new Map(files.map((file) => [file.path, file])) });
    return { id, files };
  }
}
