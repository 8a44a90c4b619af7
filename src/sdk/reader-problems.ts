// Configuration errors that only the parts themselves can detect, found before anything is started.
import { errorMessage } from "../diagnostics/error-message.ts";
import { accessSync, constants, statSync } from "node:fs";
import type {
  Configuration,
  OptionsProblem,
  OtlpSettings,
  PrometheusReader,
  ReaderSettings,
} from "../options/index.ts";
import { currentEnvironment } from "../options/environment.ts";
import { Parser } from "../options/parser.ts";
import { absolutePath } from "../io/files/absolute-path.ts";
import { assertWritable } from "../io/files/replace.ts";
import type { AlertSettings } from "../alerts/options.ts";
import type { AnomalySettings } from "../anomalies/options.ts";
import type { NameOf } from "../query/renamed.ts";
import type { OtlpExporterOptions } from "../readers/otlp/index.ts";
import type { PrometheusSettings } from "../readers/prometheus/serving/options.ts";
import type { TranslationSettings } from "../translation/strategy.ts";
import { part } from "#on-demand";

/** A configuration with the parsed options of its Prometheus readers, alerts and anomalies. */
export interface CheckedConfiguration extends Configuration {
  readonly readers: readonly CheckedReader[];
  /** `undefined` if alerts are off. */
  readonly alerts: AlertSettings | undefined;
  /** `undefined` if anomalies are off. */
  readonly anomalies: AnomalySettings | undefined;
  /** Those of the page alone, if they are off otherwise: nothing of them is sent, logged, exported or stored. */
  readonly ofPage: {
    readonly alerts: AlertSettings | undefined;
    readonly anomalies: AnomalySettings | undefined;
  };
}

export type CheckedReader = Exclude<ReaderSettings, PrometheusReader> | CheckedPrometheusReader;

export interface CheckedPrometheusReader extends PrometheusReader {
  readonly settings: PrometheusSettings;
}

/**
 * Parses the options of Prometheus readers, alerts and anomalies, in steps. Adds problems for invalid ones, for each file that cannot be written or is
 * used twice, and for each outbox directory that is used twice.
 */
export function* checkReaders(configuration: Configuration): Generator<void, CheckedConfiguration> {
  const { readers, eventLog } = configuration;
  const directories = new Set<string>();
  const files = new Set<string>();
  const problems = [...configuration.problems];
  const warnings = [...configuration.warnings];
  const checked = readers.map((reader): CheckedReader => {
    if (reader.kind === "prometheus") {
      const parser = new Parser({}, currentEnvironment());
      const settings = part("endpoint").PROMETHEUS.parse(parser, reader.options, "options");
      problems.push(...parser.problems.map((problem) => placed(problem, reader.place)));
      warnings.push(...parser.warnings);
      const { endpoint } = settings;
      const isOfPage =
        (configuration.page !== undefined && endpoint === "/") ||
        (configuration.mcp !== undefined && endpoint === "/mcp");
      if (isOfPage && settings.startsServer)
        problems.push(placed({ name: "endpoint", value: endpoint, must: NOT_OF_PAGE }, reader.place));
      return { ...reader, settings };
    }
    if (reader.kind === "otlp") problems.push(...problemsOfOutbox(reader, reader.kind, directories));
    if (reader.kind === "pushgateway" || reader.kind === "remote-write")
      problems.push(...problemsOfOutbox(reader.exporter, reader.kind, directories));
    if (reader.kind === "otlp") problems.push(...problemsOfTls(reader));
    if ((reader.kind === "json" || reader.kind === "otlp-file") && reader.file !== undefined)
      problems.push(...fileProblems(reader.filePlace, reader.file, files));
    return reader;
  });
  if (eventLog !== undefined) problems.push(...fileProblems("eventLog", eventLog.file, files));
  yield;
  const { givenAlerts, givenAnomalies, history, page } = configuration;
  const parser = new Parser();
  const alerts =
    givenAlerts &&
    (yield* part("alerts").alertSteps(parser, givenAlerts.options, "alerts", namesOf(checked)));
  const anomalies =
    givenAnomalies && part("anomalies").ANOMALIES.parse(parser, givenAnomalies.options, "anomalies");
  const ofPage = {
    alerts:
      page?.watches.alerts === true
        ? yield* part("alerts").alertSteps(new Parser(), OF_PAGE, "alerts", namesOf(checked))
        : undefined,
    anomalies: page?.watches.anomalies === true ? part("anomalies").ANOMALIES.settings({}) : undefined,
  };
  if (alerts?.directory !== undefined) problems.push(...pathProblems("alerts.directory", alerts.directory));
  if (history !== undefined && history.path !== ":memory:")
    problems.push(...pathProblems("history.path", history.path));
  warnings.push(...parser.warnings);
  problems.push(...parser.problems.map((problem) => ofVariable(problem, givenAlerts?.place)));
  return { ...configuration, readers: checked, alerts, anomalies, ofPage, problems, warnings };
}

// Half as often as those of alerts: they must cost little beside the page.
const OF_PAGE = { receivers: [], interval: 30 };

const NOT_OF_PAGE = "be a path other than / and /mcp, which are paths of the live page";

/** Names and labels that queries see, live and stored: those that Prometheus scrapes. Equal ones have equal settings. */
export function translationOf(readers: readonly CheckedReader[]): TranslationSettings {
  const reader = readers.find(({ kind }) => kind === "prometheus");
  const given: TranslationSettings = reader?.kind === "prometheus" ? reader.settings.rendering : {};
  const { strategy = "UnderscoreEscapingWithSuffixes", prefix = "", resourceLabels } = given;
  const { counterSuffix = true, scopeLabels = true, targetInfo = true } = given;
  return { strategy, prefix, resourceLabels, counterSuffix, scopeLabels, targetInfo };
}

/** Renames the metrics of predefined expressions as these names; `undefined` if they have the default ones. */
export function namesOf(readers: readonly CheckedReader[]): NameOf | undefined {
  const isScraped = readers.some(({ kind }) => kind === "prometheus");
  return isScraped ? part("endpoint").ownNames(translationOf(readers)) : undefined;
}

// The next process delivers all that is left in a directory, to one backend. So a directory belongs to one reader of a
// kind.
function problemsOfOutbox(
  { outbox, outboxPlace }: Pick<OtlpSettings, "outbox" | "outboxPlace">,
  kind: string,
  directories: Set<string>,
): readonly OptionsProblem[] {
  if (outbox === undefined) return [];
  const unusable = pathProblems(outboxPlace, outbox.directory);
  if (unusable.length > 0) return unusable;
  const directory = `${kind} ${absolutePath(outbox.directory)}`;
  const isTaken = directories.has(directory);
  directories.add(directory);
  if (!isTaken) return [];
  const must = "be a different directory for each reader (use option outbox)";
  return [{ name: outboxPlace, value: outbox.directory, must }];
}

function pathProblems(name: string, path: string): readonly OptionsProblem[] {
  try {
    absolutePath(path);
    return [];
  } catch (error) {
    return [{ name, value: path, must: `be a path that can be used (${errorMessage(error)})` }];
  }
}

function problemsOfTls({ tls, place }: OtlpSettings): readonly OptionsProblem[] {
  return Object.entries(tls ?? {}).flatMap(([name, file]: [string, string]) => {
    try {
      accessSync(file, constants.R_OK);
      return [];
    } catch (error) {
      return [
        { name: `${place}.tls.${name}`, value: file, must: `be a readable file (${errorMessage(error)})` },
      ];
    }
  });
}

/**
 * Problems of certificates that the package of protocol `grpc` refuses, or of a missing package. For a reload, which ends
 * readers before it makes others.
 */
export function problemsOfGrpc(readers: readonly CheckedReader[]): readonly OptionsProblem[] {
  return readers.flatMap((reader) => {
    if (reader.kind !== "otlp" || reader.protocol !== "grpc") return [];
    try {
      void new (part("otlp").OtlpExporter)(otlpOptions(reader)).shutdown();
      return [];
    } catch (error) {
      const must = `be usable (${errorMessage(error)})`;
      return [placed({ name: "protocol", value: reader.protocol, must }, reader.place)];
    }
  });
}

/** Options of the exporter, without those of its delivery. */
export function otlpOptions(settings: OtlpSettings): OtlpExporterOptions {
  const { protocol, url, headers, temporality, compression, tls, histogramAggregation } = settings;
  const { maxRequestBytes, maxResponseBytes } = settings;
  return {
    protocol,
    ...(url !== undefined && { url }),
    ...(headers !== undefined && { headers: { ...headers } }),
    ...(temporality !== undefined && { temporality }),
    ...(histogramAggregation !== undefined && { histogramAggregation }),
    ...(compression !== undefined && { compression }),
    ...(tls !== undefined && { tls }),
    ...(maxRequestBytes !== undefined && { maxRequestBytes }),
    ...(maxResponseBytes !== undefined && { maxResponseBytes }),
  };
}

// Names of variables have no prefix.
function placed(problem: OptionsProblem, place: string): OptionsProblem {
  const isBare = place === "" || problem.name.startsWith("TACHYMETER_");
  return isBare ? problem : { ...problem, name: `${place}.${problem.name}` };
}

// A variable sets all rules.
function ofVariable(problem: OptionsProblem, place = ""): OptionsProblem {
  const isOfRules = place.startsWith("TACHYMETER_") && problem.name.startsWith("alerts.rules");
  return isOfRules ? { ...problem, name: place } : problem;
}

// A document replaces the content of its file, and lines of two kinds in one file cannot be parsed. Standard output may
// be used twice.
function fileProblems(name: string, file: string, files: Set<string>): readonly OptionsProblem[] {
  try {
    assertWritable(file);
    const path = absolutePath(file);
    const isTaken = files.has(path) && statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
    files.add(path);
    return isTaken
      ? [{ name, value: file, must: "be a different file for each reader and the event log" }]
      : [];
  } catch (error) {
    const reason = errorMessage(error);
    return [{ name, value: file, must: `be a writable path (${reason})` }];
  }
}
