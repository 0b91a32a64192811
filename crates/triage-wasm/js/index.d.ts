// Options are camelCase. Data is snake_case, field for field the JSON that SOC Copilot writes
// everywhere. An absent value is `null`, never `undefined`.

import type {
  AlertFormat,
  AttackEvidence,
  Disclosure,
  Explanation,
  PastTriage,
  Prepared,
  Retrieval,
  Rules,
} from './alert.js';
import type { Feedback } from './feedback.js';
import type { ChatTurn, Next, Receipt, Usage, Verdict } from './verdict.js';

export type * from './alert.js';
export type * from './verdict.js';

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

export interface PrepareOptions extends RetrieveOptions {
  /** Reads the alert as this format; as it looks by default. */
  format?: AlertFormat | null;
  /** The organisation's own rules of redaction. */
  rules?: Rules;
  /** Sends only these of the alert's parts, by their places in `Prepared.parts`; all by default. */
  keep?: readonly number[] | null;
  /** Past triages, oldest first, of which similar ones are named with their outcome; their text stays here. */
  past?: readonly PastTriage[];
}

export interface DiscloseOptions extends RetrieveOptions {
  format?: AlertFormat | null;
}

export interface CheckOptions extends CallOptions {
  /** The name of the model that answered. */
  model?: string;
}

export interface AskOptions extends CallOptions {
  prepared: Prepared;
  verdict: Verdict;
  /** The questions and answers so far, oldest first. */
  turns?: readonly ChatTurn[];
  endpoint: string | URL;
  model?: string | null;
  onEvent?: (event: TriageProgress) => void;
}

export interface EmbedManyOptions extends CallOptions {
  onProgress?: (progress: EmbedProgress) => void;
}

export interface TriageOptions extends PrepareOptions {
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
  | { stage: 'sent'; body: string; receipt: Receipt }
  | { stage: 'stream'; event: StreamEvent };

export type StreamEvent =
  | { kind: 'started'; model: string }
  | { kind: 'thinking' }
  /** Text to append. Not a verdict before the call resolves. */
  | { kind: 'text'; delta: string }
  /** Totals so far, not additions. */
  | { kind: 'usage'; usage: Usage }
  | { kind: 'stopped'; reason: string };

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
  prepare(alert: string, options?: PrepareOptions): Promise<Prepared>;
  /** How few parts of the alert lead to the same techniques. Nothing leaves. */
  disclose(alert: string, options?: DiscloseOptions): Promise<Disclosure>;
  /** The whole job: prepare, ask the model through the proxy, check the answer. */
  triage(alert: string, options: TriageOptions): Promise<Verdict>;
  /**
   * Checks answers that were got by hand, from any model, to `prepared.prompt` and where it is called for to
   * the prompt that follows. Needs no network.
   */
  check(prepared: Prepared, answers: readonly string[], options?: CheckOptions): Promise<Next>;
  /** A further question about a triage, redacted like the alert. The answer is kept with the triage. */
  ask(question: string, options: AskOptions): Promise<ChatTurn>;
  /** The version of the program in the worker. */
  version(): string;
  /** The workers there are, their memory, and whether the assets are kept for the next visit. */
  state(options?: CallOptions): Promise<EngineState>;
  /** How embeddings are calculated, and how fast each way was that was tried. */
  engine(): Arithmetic;
  /** Ends the worker and gives its memory back. Calls under way reject with the code `freed`. */
  free(): void;
}
