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

  async prepare(alert, { topK = DEFAULT_TOP_K, signal } = {}) {
    const call = { kind: 'prepare', alert, top_k: topK };
    return (await this.#client.call(call, { signal })).prepared;
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

  async triage(alert, { topK = DEFAULT_TOP_K, endpoint, model = null, signal, onEvent } = {}) {
    const call = { kind: 'triage', alert, top_k: topK, endpoint: absolute(endpoint, 'endpoint'), model };
    return (await this.#client.call(call, { signal, onProgress: onEvent })).verdict;
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
