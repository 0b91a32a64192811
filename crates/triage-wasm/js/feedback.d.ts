// What an analyst said of verdicts, and how it is kept and counted.

import type { ChatTurn, Receipt, VerdictKind } from './verdict.js';

/** One judgement of one verdict. The newest of a triage counts. */
export interface FeedbackRecord {
  schema_version: number;
  triage_id: string;
  created_at: string;
  alert_text: string;
  agent_verdict: VerdictKind;
  analyst_verdict: VerdictKind;
  analyst_correct: boolean;
  analyst_notes: string;
  matched_techniques: string[];
  /** Techniques the analyst puts in their place; empty where she left them. */
  corrected_techniques: string[];
  confidence: number;
  model: string;
  attack_version: string;
}

/** A judgement to record. What may be left out is filled in. */
export type NewFeedback = Pick<
  FeedbackRecord,
  'triage_id' | 'alert_text' | 'agent_verdict' | 'analyst_verdict' | 'confidence' | 'model' | 'attack_version'
> &
  Partial<FeedbackRecord>;

export interface Accuracy {
  total: number;
  correct: number;
  /** `correct / total`; null without a judgement. */
  accuracy: number | null;
  /** 95% Wilson score interval; null without a judgement. */
  interval: [number, number] | null;
  /** Cells of the confusion matrix that are not zero. */
  matrix: { agent_verdict: VerdictKind; analyst_verdict: VerdictKind; count: number }[];
  /** Ten bins over the confidence. */
  bins: { from: number; to: number; total: number; correct: number }[];
}

/** How many records were new. */
export interface ImportCount {
  triages: number;
  feedback: number;
  receipts: number;
  turns: number;
}

/** Judgements in this browser's IndexedDB, shared with the SOC Copilot page of the same origin. */
export interface Feedback {
  /** Adds a judgement and resolves with the record as it was stored. */
  record(record: NewFeedback): Promise<FeedbackRecord>;
  /** All judgements, oldest first. */
  list(): Promise<FeedbackRecord[]>;
  /** Receipts of what left, oldest first. */
  receipts(): Promise<Receipt[]>;
  /** Further questions and their answers, oldest first. */
  turns(): Promise<ChatTurn[]>;
  accuracy(): Promise<Accuracy>;
  /** Everything that is kept, as one JSON text that imports back without loss. */
  exportJson(): Promise<string>;
  /** Adds what is new in an export: all of it, or nothing. */
  importJson(text: string): Promise<ImportCount>;
}
