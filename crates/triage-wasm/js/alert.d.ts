// What is known of an alert before any model is asked.

import type { VerdictKind } from './verdict.js';

export interface Span {
  /** First byte of the UTF-8 text. */
  start: number;
  /** One past the last byte. */
  end: number;
}

/** How an alert is read. */
export type AlertFormat =
  | 'elastic'
  | 'ocsf'
  | 'splunk'
  | 'sentinel'
  | 'defender'
  | 'crowdstrike'
  | 'wazuh'
  | 'suricata'
  | 'windows_event'
  | 'syslog'
  | 'cef'
  | 'leef'
  | 'email'
  | 'json'
  | 'text';

/** How severe the alert's own rule says it is; apart from any verdict. */
export type Severity = 'informational' | 'low' | 'medium' | 'high' | 'critical';

export type ObservableKind =
  | 'ipv4-addr'
  | 'ipv6-addr'
  | 'domain-name'
  | 'url'
  | 'email-addr'
  | 'mac-addr'
  | 'file-hash'
  | 'file'
  | 'windows-registry-key'
  | 'user-account'
  | 'host'
  | 'vulnerability'
  | 'account-id'
  | 'process'
  | 'command-line'
  | 'attack-pattern';

/** A value seen in the alert. Seen says nothing of good or bad. */
export interface Observable {
  kind: ObservableKind;
  value: string;
  span: Span | null;
  /** The decoded layer it was found in, by its place; null where it stands in the alert itself. */
  layer: number | null;
  /** Whether it belongs to the organisation: private addresses, users, hosts. */
  internal: boolean;
}

export type Encoding =
  | 'base64_utf16'
  | 'base64_utf8'
  | 'hex'
  | 'url'
  | 'gzip'
  | 'deflate'
  | 'char_codes'
  | 'concatenation'
  | 'escapes';

/** An encoded part of the alert, decoded. */
export interface DecodedLayer {
  encoding: Encoding;
  span: Span;
  depth: number;
  text: string;
}

/** A behaviour that fixed rules recognise. A verdict that calls it harmless is held. */
export interface Signal {
  /** Such as `lsass-dump`. */
  id: string;
  name: string;
  severity: Severity;
  techniques: string[];
  /** The text that fired. */
  quote: string;
  span: Span | null;
  /** The decoded layer it was found in, by its place. */
  layer: number | null;
}

export type SuspicionKind = 'override' | 'role' | 'verdict' | 'addressing' | 'exfiltration' | 'format' | 'smuggling';

/** Text in the alert that reads like instructions to a model. */
export interface Suspicion {
  kind: SuspicionKind;
  span: Span;
  layer: number | null;
  text: string;
}

/** The languages in which queries are checked. */
export type QueryLanguage = 'spl' | 'kql' | 'esql' | 'sigma';

/** An investigation query, checked: it parses, changes nothing and names only what is known, or says what is wrong. */
export interface CheckedQuery {
  /** Null where the text is advice in plain words. */
  language: QueryLanguage | null;
  text: string;
  problems: { kind: ProblemKind; at: number; message: string }[];
}

export type ProblemKind = 'unsafe' | 'syntax' | 'field' | 'value' | 'length';

/** Queries that look further from one thing seen in the alert, composed without a model. */
export interface Pivot {
  title: string;
  kind: ObservableKind;
  value: string;
  queries: CheckedQuery[];
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

export interface Retrieval {
  format: AlertFormat;
  title: string | null;
  severity: Severity | null;
  /** Best first. */
  techniques: RankedTechnique[];
  observables: Observable[];
  layers: DecodedLayer[];
  signals: Signal[];
  suspicions: Suspicion[];
  /** What the reader should know about the input, one sentence each. */
  notes: string[];
}

export interface Prompt {
  system: string;
  /** The redacted alert and what was found locally, as one JSON document. */
  user: string;
  /** The JSON Schema of the answer. */
  schema: Record<string, unknown>;
}

/** A named piece of an alert; `text` for what is no field. */
export interface AlertPart {
  name: string;
  value: string;
  field: number | null;
  span: Span | null;
}

/** The organisation's own rules of redaction. */
export interface Rules {
  /** What is always hidden, under a label such as `PROJECT`. */
  own?: { label: string; pattern: string; kind: 'literal' | 'regex' }[];
  /** Values that are never hidden; `*` at an end stands for anything. Secrets are hidden all the same. */
  allow?: string[];
}

/** A triage of the past as its analyst left it. */
export interface PastTriage {
  triage_id: string;
  alert_text: string;
  verdict: VerdictKind;
  analyst_verdict: VerdictKind | null;
  created_at: string;
}

/** A past triage that resembles the alert. */
export interface SimilarTriage extends Omit<PastTriage, 'alert_text'> {
  /** 0.4 to 1. */
  similarity: number;
}

/** How few parts of an alert lead to the same techniques. */
export interface Disclosure {
  techniques: string[];
  /** From all parts down to one: the parts to send, their bytes, and the share of techniques that stay. */
  curve: { keep: number[]; bytes: number; same: number }[];
  /** The place in `curve` with the fewest parts that lead to the same techniques. */
  smallest: number;
  parts: AlertPart[];
}

/** Everything that would leave, and the map that must not. */
export interface Prepared {
  retrieval: Retrieval;
  prompt: Prompt;
  /** The same without text that tries to steer the model; null where none is suspected. */
  without_suspects: Prompt | null;
  /** The alert's parts as it has them. They stay in the browser. */
  parts: AlertPart[];
  /** Whether only some of the parts would be sent. */
  is_partial: boolean;
  pivots: Pivot[];
  similar: SimilarTriage[];
  /** What the pseudonyms stand for. Keep it in the browser. */
  pseudonyms: Record<string, string>;
  /** What was masked. Keep it in the browser. */
  secrets: string[];
  rules: Rules;
  attack_version: string;
  index_id: string;
}
