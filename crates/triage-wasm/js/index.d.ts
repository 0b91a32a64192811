// Options are camelCase. Data is snake_case, field for field the JSON that SOC Copilot writes
// everywhere. An absent value is `null`, never `undefined`.

import type { Feedback } from './feedback.js';

/** Why a call failed. The list is closed within a major version. */
export type TriageErrorCode =
  /** An argument is out of range or of the wrong type. */
  | 'invalid_argument'
  /** The call needs a loaded engine. */
  | 'not_loaded'
  /** The `signal` was aborted. */
  | 'cancelled'
  /** A file could not be fetched; the message names it. */
  | 'asset_unavailable'
  /** A file is not what the manifest says; the message names it. */
  | 'asset_mismatch'
  /** The engine failed on valid input, or the browser has no memory left. */
  | 'engine'
  /** The worker died. It is started again and loaded again; the call may be repeated. */
  | 'worker_crashed'
  /** `free()` was called. */
  | 'freed'
  /** The proxy cannot be reached. */
  | 'proxy_unreachable'
  /** The proxy has no model configured. */
  | 'no_model'
  /** The proxy or the service refused the request. */
  | 'rejected'
  /** Too many requests or too much spent; see `retryAfter`. */
  | 'rate_limited'
  /** The service is overloaded or failed; try again. */
  | 'upstream'
  /** The answer broke off. What had arrived is not a verdict. */
  | 'stream_cut'
  /** The model declined. */
  | 'refused'
  /** The answer hit the token limit. */
  | 'truncated'
  /** The answer is not of the agreed form, even after one repair. */
  | 'malformed_answer'
  /** A value that must stay was found in the prompt; nothing was sent. */
  | 'redaction_residue'
  /** The import cannot be used; nothing was changed. */
  | 'import_rejected'
  /** The browser's storage refused; nothing was stored. */
  | 'storage';

/** Every failure of this package. */
export class TriageError extends Error {
  readonly name: 'TriageError';
  readonly code: TriageErrorCode;
  /** Seconds to wait before trying again, where the server named them. */
  readonly retryAfter: number | null;
  constructor(code: TriageErrorCode, message: string, retryAfter?: number | null);
}

/** How bad it is. INCONCLUSIVE is how the system abstains. */
export type VerdictKind = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW' | 'BENIGN' | 'INCONCLUSIVE';

export interface LoadOptions {
  /** The folder with `manifest.json`, the model and the index; relative to the page. */
  assetsUrl: string | URL;
  /** The module worker, where yours does not lie beside this file; of the page's own origin. */
  workerUrl?: string | URL | null;
  /**
   * What embeds: the fastest here (the default), or one way that is wanted. All give the same vectors.
   * `widened` needs SIMD only; `relaxed-dot` needs relaxed SIMD, and loading fails where there is none.
   */
  instructions?: 'fastest' | Arithmetic['name'];
  /**
   * How many workers may share a call over many texts, 1 to 16; by default one for each core, but at
   * most eight. The others are started by the first such call, take 36 MB each, and end after a
   * minute without work.
   */
  workers?: number | null;
  /** Hears of bytes, at most about ten times a second. */
  onProgress?: (progress: LoadProgress) => void;
  /** Gives the load up. */
  signal?: AbortSignal;
}

export interface CallOptions {
  /** Gives the call up; it rejects with the code `cancelled` at once. */
  signal?: AbortSignal;
}

export interface RetrieveOptions extends CallOptions {
  /** How many techniques, 1 to 50; 5 by default. */
  topK?: number;
}

export interface EmbedManyOptions extends CallOptions {
  onProgress?: (progress: EmbedProgress) => void;
}

export interface TriageOptions extends RetrieveOptions {
  /** The proxy's origin, or the full URL of its messages route; relative to the page. */
  endpoint: string | URL;
  /** A model that the proxy allows; its first by default. */
  model?: string | null;
  /** Hears of the exact request before it is sent, then of the answer as it comes. */
  onEvent?: (event: TriageProgress) => void;
}

export type LoadProgress =
  | {
      stage: 'download';
      /** The file's name in the manifest. */
      file: string;
      /** Bytes of this file so far, and its size. */
      received: number;
      bytes: number;
      /** Bytes of all files so far, and their size. */
      received_in_all: number;
      bytes_in_all: number;
      /** Whether the file comes from the browser's cache. */
      cached: boolean;
    }
  | { stage: 'opening' };

export interface EvaluateOptions extends CallOptions {
  onProgress?: (progress: EvaluateProgress) => void;
}

export interface EvaluateProgress {
  stage: 'ranked';
  done: number;
  total: number;
}

export interface RetrieveManyOptions extends RetrieveOptions {
  onProgress?: (progress: RetrieveProgress) => void;
}

export interface RetrieveProgress {
  stage: 'retrieved';
  done: number;
  total: number;
}

export interface EmbedProgress {
  stage: 'embedded';
  done: number;
  total: number;
}

export type TriageProgress =
  /** The exact request body that leaves the browser now. */
  | { stage: 'sent'; body: string }
  | { stage: 'stream'; event: StreamEvent };

export type StreamEvent =
  | { kind: 'started'; model: string }
  | { kind: 'thinking' }
  /** Text to append. Not a verdict before the call resolves. */
  | { kind: 'text'; delta: string }
  /** Totals so far, not additions. */
  | { kind: 'usage'; usage: Usage }
  | { kind: 'stopped'; reason: string };

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

/**
 * Whether the next load needs no network: `writing` while the files are being written, `no_room` where
 * the browser gives this origin no more room, `no_storage` where it keeps nothing (a private window, a
 * setting, a page without https).
 */
export type Kept = 'kept' | 'writing' | 'no_room' | 'no_storage';

/** How a loaded engine is doing. */
export interface EngineState {
  /** The workers there are; the first has the others as helpers. */
  workers: { memory_bytes: number }[];
  /** The most there may be. Lowered where the browser has no memory for them. */
  most_workers: number;
  /** Helpers that died or could not be started; their share was done by others. */
  lost_workers: number;
  kept: Kept;
}

/** The instructions that embed, chosen by trying each on one short text. All give the same vectors. */
export interface Arithmetic {
  name: 'relaxed-dot' | 'widened';
  /** The fastest of a few embeddings with each; empty where one was asked for. */
  tried: { name: string; ms: number }[];
}

/** What was loaded. */
export interface EngineInfo {
  version: string;
  attack_version: string;
  /** SHA-256 that names the whole index. */
  index_id: string;
  /** The embedding model. */
  model: string;
  dimensions: number;
  /** Every technique of the index, in order. */
  technique_ids: string[];
  /** Where identifiers lead that this ATT&CK version revoked. */
  moved: { from: string; to: string }[];
  /** Identifiers that it gave up without an heir. */
  deprecated: string[];
  /** The labelled alerts that taught the ranker; null where it was built without. */
  examples: { sha256: string; alerts: number; techniques: number } | null;
  arithmetic: Arithmetic;
  /** Bytes of memory the worker has taken. */
  memory_bytes: number;
  load_ms: number;
}

export interface Span {
  /** First byte of the UTF-8 text. */
  start: number;
  /** One past the last byte. */
  end: number;
}

export type ObservableKind =
  | 'ipv4-addr'
  | 'ipv6-addr'
  | 'domain-name'
  | 'url'
  | 'email-addr'
  | 'file-hash'
  | 'file'
  | 'windows-registry-key'
  | 'user-account'
  | 'host'
  | 'vulnerability'
  | 'attack-pattern';

/** A value seen in the alert. Seen says nothing of good or bad. */
export interface Observable {
  kind: ObservableKind;
  value: string;
  span: Span | null;
  /** Whether it belongs to the organisation: private addresses, users, hosts. */
  internal: boolean;
}

/** An encoded part of the alert, decoded. */
export interface DecodedLayer {
  encoding: 'base64_utf16' | 'base64_utf8';
  span: Span;
  depth: number;
  text: string;
}

/** A word of the alert that speaks for a technique. */
export interface Word {
  /** As the alert writes it where it stands first. */
  text: string;
  points: number;
  /** Where it stands in the alert; for a word of a decoded layer, the encoded text. */
  spans: Span[];
}

/**
 * One reason for a technique's place, with the points it is worth. The reasons of a technique add
 * up to its points, by which techniques are ordered.
 */
export type Reason =
  /** Words in common with the technique's texts, against the mean of all techniques. */
  | { kind: 'words'; points: number; words: Word[] }
  /** Nearness of meaning: the cosine of alert and technique, -1 to 1. */
  | { kind: 'meaning'; points: number; similarity: number }
  /** What labelled alerts teach about such words; absent where the index was built without. */
  | { kind: 'examples'; points: number }
  /** How often the technique is seen in use. */
  | { kind: 'known'; points: number }
  /** It does not exist where the alert happened. */
  | { kind: 'platform'; points: number; alert: string[] }
  /** The alert names it: the sensor's own mapping. */
  | { kind: 'named'; points: number };

export interface RankedTechnique {
  /** Such as `T1059.001`. */
  id: string;
  name: string;
  tactics: string[];
  platforms: string[];
  url: string;
  description: string;
  /** Its share among all techniques for this alert, 0 to 1; no probability of an attack. */
  score: number;
  reasons: Reason[];
}

/** What the parts of an alert are worth to one technique. */
export interface Explanation {
  technique: string;
  /** Its place among all techniques, from one. */
  place: number;
  points: number;
  /** The part it loses most without first. */
  omissions: {
    /** The field's name; `title`, `text` or `decoded layer 1` for what is no field. */
    part: string;
    span: Span | null;
    /** Its place without that part. */
    place: number;
    /** Negative where it gains. */
    points_lost: number;
  }[];
}

/** A short text of ATT&CK that lies near to the alert. */
export interface NearPassage {
  technique: string;
  kind: 'description' | 'analytic' | 'procedure';
  /** The group, software or campaign (`G0016`), or the analytic (`AN0277`); empty for a description. */
  source: string;
  /** The name of the group, software, campaign or detection strategy; empty for a description. */
  name: string;
  text: string;
  url: string;
  /** Cosine of alert and text, -1 to 1. */
  similarity: number;
}

/** What ATT&CK has on an alert. */
export interface AttackEvidence {
  /** For each technique asked for, in that order. */
  techniques: {
    technique: string;
    /** Nearest first, at most three. */
    nearest: NearPassage[];
    /** Detection strategies: identifier and name. */
    strategies: [string, string][];
    mitigations: { id: string; name: string; text: string }[];
    log_sources: { name: string; channel: string }[];
  }[];
  /** The nearest whichever technique they are about. */
  nearest: NearPassage[];
}

/** A mean over labelled alerts with its 95% interval. */
export interface Estimate {
  mean: number;
  lo: number;
  hi: number;
}

export type Metrics = Record<'hit@1' | 'hit@5' | 'hit@10' | 'recall@10' | 'mrr@10', Estimate>;

/** How well and how fast labelled alerts were ranked. */
export interface Report {
  format: 'soc-copilot-benchmark';
  created_at: string;
  attack_version: string;
  index_id: string;
  /** By the very identifier, and with both sides rolled up to the parent technique. */
  score: { rows: number; exact: Metrics; parent: Metrics };
  /** Times of one alert from text to ranking; `ranking_ms` is the median of what is not reading and embedding. */
  latency: { median_ms: number; p95_ms: number; total_ms: number; ranking_ms: number };
  rows: { id: string; techniques: string[]; ranked: string[]; ms: number; ranking_ms: number }[];
}

export interface Retrieval {
  format: 'json' | 'text';
  title: string | null;
  /** Best first. */
  techniques: RankedTechnique[];
  observables: Observable[];
  layers: DecodedLayer[];
  /** What the reader should know about the input, one sentence each. */
  notes: string[];
}

/** Everything that would leave, and the map that must not. */
export interface Prepared {
  retrieval: Retrieval;
  prompt: {
    system: string;
    /** The redacted alert and what was found locally, as one JSON document. */
    user: string;
    /** The JSON Schema of the answer. */
    schema: Record<string, unknown>;
  };
  /** What the pseudonyms stand for. Keep it in the browser. */
  pseudonyms: Record<string, string>;
  attack_version: string;
  index_id: string;
}

export interface Evidence {
  claim: string;
  quote: string;
  field: string | null;
  /** Whether the quote occurs word for word in what was sent. */
  resolved: boolean;
}

export type Flag =
  | 'injection_suspected'
  | 'quote_unresolved'
  | 'no_evidence'
  | 'unknown_technique_dropped'
  | 'technique_moved'
  | 'deprecated_technique_dropped'
  | 'technique_not_retrieved'
  | 'repaired';

/** A checked verdict. A refusal or a cut answer is a TriageError instead. */
export interface Verdict {
  triage_id: string;
  verdict: VerdictKind;
  /** 0 to 1; lowered where a quote is unresolved. */
  confidence: number;
  /** Each known in `attack_version`. */
  matched_techniques: string[];
  attack_chain: string;
  reasoning: string;
  recommended_actions: string[];
  false_positive_indicators: string[];
  investigation_queries: string[];
  evidence: Evidence[];
  model: string;
  attack_version: string;
  index_id: string;
  /** Of the request body that was answered. */
  prompt_sha256: string;
  usage: Usage;
  /** RFC 3339 in UTC. */
  created_at: string;
  flags: Flag[];
}

export type { Accuracy, Feedback, FeedbackRecord, ImportCount, NewFeedback } from './feedback.js';

/**
 * A loaded model and index in a module worker. Calls run one at a time, in order.
 *
 * ```js
 * const triage = await Triage.load({ assetsUrl: '/assets/' });
 * const { techniques } = await triage.retrieve('powershell.exe -EncodedCommand SQBFAFgA', { topK: 10 });
 * ```
 */
export class Triage {
  private constructor();
  /** Starts the worker, fetches and checks the assets. Nothing is fetched before. */
  static load(options: LoadOptions): Promise<Triage>;
  /** What was loaded. */
  readonly info: EngineInfo;
  readonly feedback: Feedback;
  /** 384 values of length one. */
  embed(text: string, options?: CallOptions): Promise<Float32Array>;
  /** The same vectors as one by one, in order; shared among workers where there are many texts. */
  embedMany(texts: readonly string[], options?: EmbedManyOptions): Promise<Float32Array[]>;
  /** Techniques and observables of one alert. Nothing leaves the browser. */
  retrieve(alert: string, options?: RetrieveOptions): Promise<Retrieval>;
  /** The same for many alerts, in their order, shared among workers. */
  retrieveMany(alerts: readonly string[], options?: RetrieveManyOptions): Promise<Retrieval[]>;
  /**
   * What ATT&CK has on an alert: the nearest procedures and analytics of each technique, what helps
   * against it and where to look. Waits for texts that are fetched in the background after `load`;
   * other calls do not wait for them.
   */
  evidence(alert: string, techniques: readonly string[], options?: CallOptions): Promise<AttackEvidence>;
  /** Which parts of the alert put a technique where it stands: its place without each of them. */
  explain(alert: string, technique: string, options?: CallOptions): Promise<Explanation>;
  /** Ranks labelled alerts, JSON lines of `{"id", "alert", "techniques"}`, and scores the ranking. */
  evaluate(alerts: string, options?: EvaluateOptions): Promise<Report>;
  /** Retrieval and the redacted prompt: exactly what would leave. Nothing leaves yet. */
  prepare(alert: string, options?: RetrieveOptions): Promise<Prepared>;
  /** The whole job: prepare, ask the model through the proxy, check the answer. */
  triage(alert: string, options: TriageOptions): Promise<Verdict>;
  /** The version of the program in the worker. */
  version(): string;
  /** The workers there are, their memory, and whether the assets are kept for the next visit. */
  state(options?: CallOptions): Promise<EngineState>;
  /** How embeddings are calculated, and how fast each way was that was tried. */
  engine(): Arithmetic;
  /** Ends the worker and gives its memory back. Calls under way reject with the code `freed`. */
  free(): void;
}
