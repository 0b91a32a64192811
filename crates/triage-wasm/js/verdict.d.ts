// What a model said, after everything that can be checked was checked.

import type { CheckedQuery, Signal, Span } from './alert.js';

/** How bad it is. INCONCLUSIVE is how the system abstains. */
export type VerdictKind = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW' | 'BENIGN' | 'INCONCLUSIVE';

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

export interface Evidence {
  claim: string;
  quote: string;
  field: string | null;
  /** The step of the prompt it cites, such as `A3`; null where it cites none. */
  step: string | null;
  /** Whether the quote occurs word for word in that step, or, without one, in what was sent. */
  resolved: boolean;
}

export type Flag =
  | 'injection_suspected'
  | 'held_by_injection'
  | 'held_uncompared'
  | 'held_by_signal'
  | 'confirmed_by_analyst'
  | 'unsupported'
  | 'quote_unresolved'
  | 'no_evidence'
  | 'unknown_technique_dropped'
  | 'technique_moved'
  | 'deprecated_technique_dropped'
  | 'technique_not_retrieved'
  | 'repaired'
  | 'fields_withheld'
  | 'pasted';

/** A checked verdict. A refusal or a cut answer is a TriageError instead. */
export interface Verdict {
  triage_id: string;
  verdict: VerdictKind;
  /** 0 to 1; lowered where a quote is unresolved, to at most a half where the model's word was not taken over. */
  confidence: number;
  /** What the model said. `verdict` is INCONCLUSIVE instead where it is held or not supported. */
  model_verdict: VerdictKind;
  /** Each known in `attack_version`. */
  matched_techniques: string[];
  attack_chain: string;
  reasoning: string;
  recommended_actions: string[];
  false_positive_indicators: string[];
  investigation_queries: string[];
  /** The same, checked. */
  queries: CheckedQuery[];
  evidence: Evidence[];
  /** What fixed rules recognise, whatever the model says. */
  signals: Signal[];
  /** What the model said without text that tries to steer it; null where none was suspected. */
  differential: { verdict: VerdictKind; confidence: number; prompt_sha256: string } | null;
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

/** Proof of one request: which bytes left, when, to which model. */
export interface Receipt {
  schema_version: number;
  triage_id: string;
  created_at: string;
  purpose: 'triage' | 'repair' | 'comparison' | 'question' | 'courier';
  model: string;
  /** Of the body. */
  sha256: string;
  bytes: number;
  /** An estimate is no bill; `usd` is null for a model that is not on the price list. */
  estimate: { input_tokens: number; output_tokens: number; usd: number | null; prices_as_of: string };
  /** Where pseudonyms stand in the body. */
  pseudonyms: { pseudonym: string; span: Span }[];
}

/** A further question about a triage and its answer. */
export interface ChatTurn {
  schema_version: number;
  triage_id: string;
  created_at: string;
  question: string;
  answer: string;
  model: string;
  prompt_sha256: string;
  usage: Usage;
}

/** What follows from answers that were got by hand. */
export type Next =
  | { kind: 'verdict'; verdict: Verdict }
  /** The last answer is not of the agreed form: ask again, and check without it. */
  | { kind: 'repair'; problems: string[] }
  /** Text in the alert may have steered it: ask this too, and check both answers. */
  | { kind: 'compare'; prompt: string };
