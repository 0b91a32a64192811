// Alert triage in the browser: embeds, retrieves, redacts and asks, all from a module worker.

import { WorkerClient } from './client.js';
import { TriageError } from './errors.js';
import { Feedback } from './feedback.js';

export { TriageError };

const DEFAULT_TOP_K = 5;
const INSTRUCTIONS = ['fastest', 'relaxed-dot', 'widened'];

/** A loaded model and index. Made by `Triage.load`. */
export class Triage {
  #client;
  #info = null;

  /** What the analyst said about verdicts, kept in this browser. */
  feedback;

  /** Not public: use `Triage.load`. */
  constructor(client) {
    this.#client = client;
    this.feedback = new Feedback(client);
  }

  /** Starts the worker, fetches and checks the assets. Nothing is fetched before. */
  static async load({ assetsUrl, workerUrl, instructions = 'fastest', workers = null, onProgress, signal } = {}) {
    if (!INSTRUCTIONS.includes(instructions)) {
      throw new TriageError('invalid_argument', `instructions must be one of ${INSTRUCTIONS.join(', ')}`);
    }
    const assets = absolute(assetsUrl, 'assetsUrl');
    const worker = workerUrl === undefined || workerUrl === null ? null : absolute(workerUrl, 'workerUrl');
    // Bundlers look for exactly the first form.
    const start = () =>
      worker === null
        ? new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
        : new Worker(worker, { type: 'module' });
    const load = { kind: 'load', assets_url: assets, instructions, workers };
    const client = new WorkerClient(start, load, ({ info }) => {
      // A worker that follows a crashed one may have chosen other instructions.
      triage.#info = info;
    });
    const triage = new Triage(client);
    try {
      await client.load({ onProgress, signal });
    } catch (error) {
      client.free();
      throw error;
    }
    return triage;
  }

  /** What was loaded: versions, model, technique ids, memory. */
  get info() {
    return this.#info;
  }

  async embed(text, { signal } = {}) {
    const [vector] = await this.embedMany([text], { signal });
    return vector;
  }

  async embedMany(texts, { signal, onProgress } = {}) {
    const call = { kind: 'embed', texts };
    return (await this.#client.call(call, { signal, onProgress })).vectors;
  }

  async retrieve(alert, { topK = DEFAULT_TOP_K, signal } = {}) {
    const call = { kind: 'retrieve', alert, top_k: topK };
    return (await this.#client.call(call, { signal })).retrieval;
  }

  async retrieveMany(alerts, { topK = DEFAULT_TOP_K, signal, onProgress } = {}) {
    const call = { kind: 'retrieve_many', alerts, top_k: topK };
    return (await this.#client.call(call, { signal, onProgress })).retrievals;
  }

  async prepare(alert, { topK = DEFAULT_TOP_K, signal, ...wishes } = {}) {
    const call = { kind: 'prepare', alert, top_k: topK, wishes: wished(wishes) };
    return (await this.#client.call(call, { signal })).prepared;
  }

  async disclose(alert, { topK = DEFAULT_TOP_K, format = null, signal } = {}) {
    const { disclosure, parts } = await this.#client.call({ kind: 'disclose', alert, top_k: topK, format }, { signal });
    return { ...disclosure, parts };
  }

  async evidence(alert, techniques, { signal } = {}) {
    const call = { kind: 'evidence', alert, techniques };
    return (await this.#client.call(call, { signal })).evidence;
  }

  async explain(alert, technique, { signal } = {}) {
    const call = { kind: 'explain', alert, technique };
    return (await this.#client.call(call, { signal })).explanation;
  }

  async evaluate(alerts, { signal, onProgress } = {}) {
    const call = { kind: 'evaluate', alerts };
    return (await this.#client.call(call, { signal, onProgress })).report;
  }

  async triage(alert, { topK = DEFAULT_TOP_K, endpoint, model = null, signal, onEvent, ...wishes } = {}) {
    const call = {
      kind: 'triage',
      alert,
      top_k: topK,
      endpoint: absolute(endpoint, 'endpoint'),
      model,
      wishes: wished(wishes),
    };
    return (await this.#client.call(call, { signal, onProgress: this.#keeping(onEvent) })).verdict;
  }

  async check(prepared, answers, { model = 'unnamed model', signal } = {}) {
    return (await this.#client.call({ kind: 'check', prepared, answers, model }, { signal })).next;
  }

  async ask(question, { prepared, verdict, turns = [], endpoint, model = null, signal, onEvent } = {}) {
    const call = {
      kind: 'ask',
      prepared,
      verdict,
      turns,
      question,
      endpoint: absolute(endpoint, 'endpoint'),
      model,
    };
    const { turn } = await this.#client.call(call, { signal, onProgress: this.#keeping(onEvent) });
    await this.feedback.keepTurn(turn);
    return turn;
  }

  /** Keeps the receipt of each request, and tells the caller what happens. */
  #keeping(onEvent) {
    return (event) => {
      if (event.stage === 'sent') this.feedback.keepReceipt(event.receipt);
      onEvent?.(event);
    };
  }

  /** How embeddings are calculated, and how fast each way was that was tried. */
  engine() {
    return this.#info.arithmetic;
  }

  /** The workers there are, their memory, and whether the assets are kept for the next visit. */
  async state({ signal } = {}) {
    return (await this.#client.call({ kind: 'state' }, { signal })).state;
  }

  /** The version of the program in the worker. */
  version() {
    return this.#info.version;
  }

  /** Ends the worker and gives its memory back. Calls under way reject with the code "freed". */
  free() {
    this.#client.free();
    this.feedback.close();
  }
}

/** Addresses are relative to the page, as everywhere in a page; the worker knows only absolute ones. */
function absolute(url, name) {
  if (typeof url === 'string' || url instanceof URL) {
    try {
      return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href;
    } catch {
      // Answered below.
    }
  }
  throw new TriageError('invalid_argument', `${name} must be a URL`);
}

/** What the caller wants of the preparation; what is not named is as it is found. */
function wished({ format = null, rules = {}, keep = null, past = [], ...others }) {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TriageError('invalid_argument', `there is no option ${unknown}`);
  return { format, rules, keep, past };
}
