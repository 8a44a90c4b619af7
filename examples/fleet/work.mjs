// The files of one round: waiting, handed out, and reported.

const MAX_JOB_FILES = 16;

let lastJob = 0;

export class Work {
  total;
  handedOut = 0;
  /** Number of reported files and of unreadable ones, and the totals of the others. */
  done = 0;
  unreadable = 0;
  bytes = { read: 0, gzip: 0, brotli: 0 };
  /** Number of reassigned files, and of reports by a node that no longer owned the file. */
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

  /** Returns the next job, for `node`. */
  handOut(node) {
    const files = this.#waiting.splice(-this.#jobFiles).toReversed();
    this.handedOut += files.length;
    return this.#assign(node, files);
  }

  /** Returns the unfinished files of `node` as a job for `heir`. Without an heir they wait again. */
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

  /** Records the report on one file; returns the job if that was its last file. */
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
