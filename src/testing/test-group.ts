/** Threads and processes as one, in one thread of a test. */
import { MeterProvider } from "../engine/meter-provider.ts";
import type { Chunk } from "../group/memory/chunks.ts";
import { ImageReader } from "../group/memory/image-reader.ts";
import { ImageWriter } from "../group/memory/image-writer.ts";
import { MemberReaders } from "../group/member-reader.ts";
import { mergeInto, type MergedMember } from "../group/merge/group-merge.ts";
import {
  providerOptionsFrom,
  type MemberConfiguration,
  memberConfigurationFor,
} from "../group/member-configuration.ts";
import { parsed } from "../options/parser.ts";
import { SnapshotReader } from "../readers/reader.ts";
import type { Facades, MadeFacades } from "../sdk/facades.ts";
import { MemberFacts, ownFacts } from "../sdk/member-facts.ts";
import {
  facadesOn,
  stopFacades,
  telemetryOn,
  type TestTelemetry,
  type TestTelemetryOptions,
  watchedProvider,
} from "./test-telemetry.ts";

/** A member of a test's group, as a worker thread or another process. */
export interface TestGroupMember extends Facades {
  /** Meter provider for code that does not use a facade. */
  readonly meterProvider: MeterProvider;
  /** Ends the member: its counters and histograms stay in the group, and its gauges leave. May be called again. */
  readonly leave: () => Promise<void>;
}

/** Telemetry of a main thread, whose metrics are those of all members. */
export interface TestGroup extends TestTelemetry {
  /** The other members. */
  readonly members: readonly TestGroupMember[];
}

/**
 * Creates a group of `members` members beside the main thread, in this thread. Their measurements appear in the metrics
 * of the result, and their events in its hooks. After a collection, its facades have their health, nodes, kernels and
 * executed commands. Nothing in it is global.
 *
 * @throws OptionsError if `members` is not an integer from 1 to 1,000; MeterProviderError if a view or the cardinality
 * limit is invalid.
 *
 * @example
 * import { createTestGroup } from "tachymeter/testing";
 *
 * const group = createTestGroup(2);
 * for (const { messaging } of group.members) messaging.sent("jobs", 3);
 * await group.members[0].leave();
 * await group.expectMetric("messages.sent", { "messaging.destination.name": "jobs" }).toBe(6);
 * await group.shutdown();
 */
export function createTestGroup(members: number, options: TestTelemetryOptions = {}): TestGroup {
  parsed("createTestGroup", (parser) => {
    parser.refuseUnknown("", options, ["views", "cardinalityLimit"]);
    if (!Number.isInteger(members) || members < 1 || members > 1_000)
      parser.problem("members", members, "be an integer from 1 to 1,000");
  });
  const reader = new SnapshotReader();
  const meterProvider = watchedProvider(reader, options);
  const memberFacts = new MemberFacts(meterProvider);
  const configuration = memberConfigurationFor(1, options, [reader]);
  const joined = new Set<Member>();
  const merge = mergeInto(meterProvider, { prepare: () => reported(joined) });
  const all = Array.from({ length: members }, () => {
    const member = new Member(configuration, merge.freeSlot(), memberFacts);
    merge.add(member.merged);
    joined.add(member);
    return member;
  });
  const leave = async (member: Member): Promise<void> => {
    if (!joined.delete(member)) return;
    await stopFacades(member.facades);
    await member.report();
    memberFacts.set(member.merged.name, undefined);
    merge.leave(member.merged);
    await member.meterProvider.shutdown();
  };
  const kit = telemetryOn(meterProvider, reader);
  for (const { facades } of all) {
    facades.events.keepIn({
      write: (event, isEmitted) => {
        kit.events.takeOver(event, isEmitted);
        return true;
      },
    });
  }
  const shutdown = async (): Promise<void> => {
    await Promise.all(all.map(leave));
    await kit.shutdown();
  };
  return {
    ...kit,
    members: all.map((member) => ({
      ...member.facades,
      meterProvider: member.meterProvider,
      leave: () => leave(member),
    })),
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}

async function reported(members: Iterable<Member>): Promise<void> {
  await Promise.all([...members].map((member) => member.report()));
}

class Member {
  readonly meterProvider: MeterProvider;
  readonly facades: MadeFacades;
  readonly merged: MergedMember;
  readonly #facts: MemberFacts;
  readonly #image: ImageWriter;
  readonly #readers: MemberReaders;

  constructor(configuration: MemberConfiguration, slot: number, facts: MemberFacts) {
    this.#facts = facts;
    const arrived: Chunk[] = [];
    this.#image = new ImageWriter({ isShared: true, onChunk: (chunk) => void arrived.push(chunk) });
    this.#readers = new MemberReaders(configuration);
    const options = { ...providerOptionsFrom(configuration), sdkMetricsEnabled: false };
    const provider = new MeterProvider(options, this.#image);
    this.#readers.bind(provider);
    this.meterProvider = provider;
    this.facades = facadesOn(this.meterProvider, undefined);
    this.merged = { name: `member ${slot}`, slot, image: new ImageReader(() => arrived.splice(0)) };
  }

  /** Writes the values of observable instruments. Others are in the memory already. */
  async report(): Promise<void> {
    this.#facts.set(this.merged.name, ownFacts(this.meterProvider) ?? "");
    this.#image.take(await this.#readers.collect(), ({ instrument }) =>
      instrument.type.startsWith("OBSERVABLE"),
    );
  }
}
