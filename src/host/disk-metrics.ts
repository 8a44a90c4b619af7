import { type ObservedInstruments, type Observe, observeKnown } from "./instruments.ts";
import { type DiskReading, readDisks } from "./readings/disks.ts";
import { readLocks } from "./readings/locks.ts";
import { readFileSystems } from "./readings/file-systems.ts";

const DEVICE = "system.device.name";

/** Metrics of `system.disk.*`. */
export function diskMetrics(
  { counter, upDownCounter }: ObservedInstruments,
  read: () => Promise<readonly DiskReading[] | undefined> = readDisks,
): Observe {
  const io = counter("system.disk.io", "By", "Bytes that were read from disks and written to them.");
  const operations = counter("system.disk.operations", "{operation}", "Operations that disks completed.");
  const merged = counter(
    "system.disk.merged",
    "{operation}",
    "Operations that were put together with others.",
  );
  const operationTime = counter("system.disk.operation_time", "s", "Time that operations took, added up.");
  const limit = upDownCounter("system.disk.limit", "By", "Size of a disk.");
  const ioTime = counter("system.disk.io_time", "s", "Time in which a disk had operations to complete.");

  return async (result) => {
    for (const { device, reads, writes, busySeconds, bytes } of (await read()) ?? []) {
      const ofDevice = device === undefined ? {} : { [DEVICE]: device };
      for (const [direction, transfer] of [
        ["read", reads],
        ["write", writes],
      ] as const) {
        const attributes = { ...ofDevice, "disk.io.direction": direction };
        observeKnown(result, io, transfer.bytes, attributes);
        observeKnown(result, operations, transfer.operations, attributes);
        observeKnown(result, merged, transfer.merged, attributes);
        observeKnown(result, operationTime, transfer.seconds, attributes);
      }
      observeKnown(result, ioTime, busySeconds, ofDevice);
      observeKnown(result, limit, bytes, ofDevice);
    }
  };
}

/** Metric `system.filesystem.lock.count`. */
export function lockMetrics({ upDownCounter }: ObservedInstruments): Observe {
  const count = upDownCounter("system.filesystem.lock.count", "{lock}", "Locks of files that are held.");

  return async (result) => {
    for (const { mechanism, mode, type, held } of await readLocks())
      result.observe(count, held, {
        "file.lock.mechanism": mechanism,
        "file.lock.mode": mode,
        "file.lock.type": type,
      });
  };
}

/** Metrics of `system.filesystem.*`, of space. */
export function fileSystemMetrics({ gauge, upDownCounter }: ObservedInstruments): Observe {
  const usage = upDownCounter("system.filesystem.usage", "By", "Space, by what it is used for.");
  const limit = upDownCounter("system.filesystem.limit", "By", "Space of a file system.");
  const utilization = gauge(
    "system.filesystem.utilization",
    "1",
    "Used space as a share of what is used or can be, as df counts it.",
  );

  return async (result) => {
    for (const fileSystem of await readFileSystems()) {
      const { device, type, mode, mountPoint, usedBytes, freeBytes, reservedBytes } = fileSystem;
      const attributes = {
        [DEVICE]: device,
        "system.filesystem.type": type,
        "system.filesystem.mode": mode,
        "system.filesystem.mountpoint": mountPoint,
      };
      const states = { used: usedBytes, free: freeBytes, reserved: reservedBytes };
      for (const [state, bytes] of Object.entries(states)) {
        result.observe(usage, bytes, { ...attributes, "system.filesystem.state": state });
      }
      result.observe(limit, fileSystem.totalBytes, attributes);
      if (usedBytes + freeBytes > 0) {
        result.observe(utilization, usedBytes / (usedBytes + freeBytes), attributes);
      }
    }
  };
}
