// What another console writes against the package's types. It is checked by tsc and never run:
//   tsc --project tests/package

import { Triage, TriageError } from 'soc-copilot';
import type { Accuracy, FeedbackRecord, LoadProgress, NewFeedback, TriageErrorCode, Verdict } from 'soc-copilot';

const controller = new AbortController();

export async function everything(alert: string): Promise<Verdict> {
  const triage: Triage = await Triage.load({
    assetsUrl: new URL('/assets/', location.href),
    workerUrl: '/vendor/soc-copilot/worker.js',
    onProgress: (progress: LoadProgress) => {
      if (progress.stage === 'download') show(progress.file, progress.received_in_all / progress.bytes_in_all);
    },
    signal: controller.signal,
    instructions: 'fastest',
    workers: 4,
  });
  for (const { name, ms } of triage.engine().tried) show(name, ms);

  const vector: Float32Array = await triage.embed(alert);
  const vectors: Float32Array[] = await triage.embedMany([alert, 'another'], {
    onProgress: ({ done, total }) => show('embedded', done / total),
  });
  show('values', vector.length + vectors.length);

  const many = await triage.retrieveMany([alert, alert], {
    topK: 3,
    onProgress: ({ done, total }) => show('retrieved', done / total),
  });
  const { workers, most_workers, lost_workers, kept } = await triage.state();
  show(kept, workers.reduce((sum, { memory_bytes }) => sum + memory_bytes, many.length + most_workers + lost_workers));

  const { techniques, observables, notes, title } = await triage.retrieve(alert, { topK: 10 });
  for (const { id, name, tactics, score, reasons } of techniques) {
    show(`${id} ${name} ${tactics.join()}`, score);
    for (const reason of reasons) {
      if (reason.kind === 'words') for (const { text, points, spans } of reason.words) show(text, points + spans.length);
      else show(reason.kind === 'platform' ? reason.alert.join() : reason.kind, reason.points);
    }
  }
  show(`${title ?? 'untitled'} ${notes.join()}`, observables.filter(({ internal }) => internal).length);

  const [best] = techniques;
  if (best) {
    const { place, omissions } = await triage.explain(alert, best.id);
    for (const { part, span, points_lost } of omissions) show(`${part} ${span?.start ?? -1}`, points_lost / place);
    const evidence = await triage.evidence(alert, [best.id], { signal: controller.signal });
    for (const { text, name, similarity } of evidence.nearest) show(`${name}: ${text}`, similarity);
    for (const { mitigations, log_sources } of evidence.techniques) show(mitigations[0]?.name ?? '', log_sources.length);
  }
  const report = await triage.evaluate('{"id":"1","alert":"whoami /all","techniques":["T1033"]}', {
    onProgress: ({ done, total }) => show('ranked', done / total),
  });
  show('hit@5', report.score.exact['hit@5'].mean);

  const prepared = await triage.prepare(alert, { topK: 10 });
  show(prepared.prompt.user, Object.keys(prepared.pseudonyms).length);

  const verdict = await triage.triage(alert, {
    endpoint: 'http://127.0.0.1:8787',
    model: null,
    topK: 10,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.stage === 'sent') show(event.body, event.receipt.estimate.usd ?? 0);
      else if (event.event.kind === 'text') show(event.event.delta, 0);
    },
  });

  const { curve, smallest, parts } = await triage.disclose(alert, { topK: 5, format: 'text' });
  const few = await triage.prepare(alert, {
    keep: curve[smallest]?.keep ?? null,
    rules: { own: [{ label: 'PROJECT', pattern: 'Nightjar', kind: 'literal' }], allow: ['*.vendor.example'] },
    past: [{ triage_id: 'a', alert_text: alert, verdict: 'HIGH', analyst_verdict: null, created_at: '2026-01-01T00:00:00Z' }],
  });
  show(parts[0]?.name ?? '', few.similar.length);
  for (const signal of few.retrieval.signals) show(signal.name, signal.span?.start ?? 0);
  for (const suspicion of few.retrieval.suspicions) show(suspicion.text, suspicion.span.start);
  for (const pivot of few.pivots) show(pivot.title, pivot.queries.length);
  const next = await triage.check(few, ['{}'], { model: 'by hand' });
  if (next.kind === 'verdict') show(next.verdict.model_verdict, next.verdict.confidence);
  else if (next.kind === 'repair') show(next.problems.join(), 0);
  else show(next.prompt, 0);
  const turn = await triage.ask('What would settle it?', { prepared: few, verdict, endpoint: '/', turns: [] });
  show(turn.answer, turn.usage.output_tokens);
  for (const receipt of await triage.feedback.receipts()) show(receipt.sha256, receipt.bytes);
  show('turns', (await triage.feedback.turns()).length);
  // @ts-expect-error a format that does not exist
  void triage.prepare(alert, { format: 'qradar' });

  const judgement: NewFeedback = {
    triage_id: verdict.triage_id,
    alert_text: alert,
    agent_verdict: verdict.verdict,
    analyst_verdict: 'BENIGN',
    analyst_notes: 'a test of ours',
    matched_techniques: verdict.matched_techniques,
    confidence: verdict.confidence,
    model: verdict.model,
    attack_version: verdict.attack_version,
  };
  const stored: FeedbackRecord = await triage.feedback.record(judgement);
  const records: FeedbackRecord[] = await triage.feedback.list();
  const accuracy: Accuracy = await triage.feedback.accuracy();
  const [low, high] = accuracy.interval ?? [0, 1];
  const { feedback: added } = await triage.feedback.importJson(await triage.feedback.exportJson());
  show(stored.created_at, records.length + added + (accuracy.accuracy ?? 0) + low + high);

  const version: string = triage.version();
  show(`${version} ${triage.info.attack_version}`, triage.info.memory_bytes);
  triage.free();
  return verdict;
}

// Every code is known: a new one fails here until it has a sentence.
export function explain(error: unknown): string {
  if (!(error instanceof TriageError)) return 'unknown';
  const code: TriageErrorCode = error.code;
  switch (code) {
    case 'rate_limited':
      return `wait ${error.retryAfter ?? 60} seconds`;
    case 'cancelled':
    case 'freed':
      return 'given up';
    case 'asset_unavailable':
    case 'asset_mismatch':
    case 'not_loaded':
    case 'engine':
    case 'worker_crashed':
      return 'load again';
    case 'proxy_unreachable':
    case 'no_model':
    case 'rejected':
    case 'upstream':
      return 'ask the operator';
    case 'stream_cut':
    case 'refused':
    case 'truncated':
    case 'malformed_answer':
    case 'redaction_residue':
      return 'judge it yourself';
    case 'invalid_argument':
    case 'import_rejected':
    case 'storage':
      return error.message;
    default:
      return code satisfies never;
  }
}

export function mistakes(triage: Triage): void {
  // @ts-expect-error: the folder of the assets must be given
  void Triage.load({});
  // @ts-expect-error: an instance is loaded, not made
  void new Triage();
  // @ts-expect-error: options are camelCase
  void triage.retrieve('alert', { top_k: 5 });
  // @ts-expect-error: one text, not several
  void triage.embed(['one', 'two']);
  // @ts-expect-error: a triage needs somewhere to ask
  void triage.triage('alert', {});
}

function show(label: string, value: number): void {
  document.title = `${label} ${value}`;
}
