// The page's end of the worker: numbered calls, progress, giving up, and a new worker after a crash.

import { TriageError } from './errors.js';

/** Must equal PROTOCOL of crates/triage-core/src/protocol.rs. */
const PROTOCOL = 5;

/** The number under which a worker speaks for itself rather than for a call. */
const WORKER_ITSELF = 0;

const cancelled = () => new TriageError('cancelled', 'cancelled');

export class WorkerClient {
  #start;
  #reload;
  #onLoaded;
  #worker = null;
  #ready = null;
  #next = WORKER_ITSELF + 1;
  /** Calls that wait for their answer, by number. */
  #open = new Map();
  #isFreed = false;
  #isLoaded = false;

  /**
   * @param {() => Worker} start makes a worker
   * @param {object} reload the call by which a new worker learns what its predecessor knew
   * @param {(outcome: object) => void} onLoaded hears what each worker answers to it
   */
  constructor(start, reload, onLoaded) {
    this.#start = start;
    this.#reload = reload;
    this.#onLoaded = onLoaded;
  }

  /** Starts the worker and loads it; resolves with the outcome of the load. */
  load({ onProgress, signal } = {}) {
    const ready = this.#boot({ onProgress, signal });
    this.#ready = ready;
    ready.catch((error) => {
      // Without its assets a worker is of no use; the next call starts another.
      if (this.#ready === ready) this.#end(error);
    });
    return ready;
  }

  /** Makes a call; rejects with a TriageError. */
  async call(call, { signal, onProgress } = {}) {
    if (signal?.aborted) throw cancelled();
    if (this.#isFreed) throw freed();
    if (!this.#ready) this.load();
    await orAborted(this.#ready, signal);
    return this.#send(call, { signal, onProgress });
  }

  /** Ends the worker and every call for good. */
  free() {
    this.#isFreed = true;
    this.#end(freed());
  }

  async #boot({ onProgress, signal }) {
    if (signal?.aborted) throw cancelled();
    await orAborted(this.#listening(), signal);
    const outcome = await this.#send(this.#reload, { onProgress, signal });
    this.#isLoaded = true;
    this.#onLoaded(outcome);
    return outcome;
  }

  /** Starts a worker. Messages sent before it listens would be lost, so it says when it does. */
  #listening() {
    return new Promise((resolve, reject) => {
      let worker;
      try {
        worker = this.#start();
      } catch (error) {
        this.#ready = null;
        reject(notStarted(error.message));
        return;
      }
      this.#worker = worker;
      this.#open.set(WORKER_ITSELF, { resolve, reject });
      worker.addEventListener('message', ({ data }) => {
        if (worker === this.#worker) this.#receive(data);
      });
      for (const kind of ['error', 'messageerror']) {
        worker.addEventListener(kind, (event) => {
          if (worker === this.#worker) this.#crash(event.message);
        });
      }
    });
  }

  #send(call, { signal, onProgress }) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(cancelled());
        return;
      }
      if (!this.#worker) {
        reject(this.#isFreed ? freed() : crashed());
        return;
      }
      const id = this.#next++;
      const onAbort = () => {
        // The caller need not wait until a busy worker notices.
        this.#settle(id, (open) => open.reject(cancelled()));
        this.#worker?.postMessage({ id: WORKER_ITSELF, call: { kind: 'cancel', target: id } });
      };
      try {
        this.#worker.postMessage({ id, call });
      } catch (error) {
        reject(new TriageError('invalid_argument', `an argument is not plain data (${error.message})`));
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#open.set(id, {
        resolve,
        reject,
        onProgress,
        forget: () => signal?.removeEventListener('abort', onAbort),
      });
    });
  }

  #receive({ id, event }) {
    switch (event.kind) {
      case 'ready':
        if (event.protocol === PROTOCOL) this.#settle(id, (open) => open.resolve(event));
        else this.#crash(`it speaks protocol ${event.protocol} instead of ${PROTOCOL}: its files are of another version of this package`);
        break;
      case 'progress':
        this.#open.get(id)?.onProgress?.(event.progress);
        break;
      case 'done':
        this.#settle(id, (open) => open.resolve(event.outcome));
        break;
      case 'failed': {
        const { code, message, retry_after: retryAfter } = event.error;
        if (id === WORKER_ITSELF) this.#crash(message);
        else this.#settle(id, (open) => open.reject(new TriageError(code, message, retryAfter)));
        break;
      }
    }
  }

  /** Answers that nobody waits for any more are dropped: the call was given up. */
  #settle(id, how) {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    open.forget?.();
    how(open);
  }

  #crash(reason) {
    const wasLoaded = this.#isLoaded;
    this.#end(this.#open.has(WORKER_ITSELF) ? notStarted(reason) : crashed(reason));
    // A worker that died before it was ever loaded would only die again; the next call tries.
    if (wasLoaded) this.load();
  }

  #end(error) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = null;
    this.#isLoaded = false;
    for (const id of [...this.#open.keys()]) this.#settle(id, (open) => open.reject(error));
  }
}

const freed = () => new TriageError('freed', 'this Triage was freed; load another');

const because = (reason) => (reason ? ` (${reason})` : '');

const notStarted = (reason) =>
  new TriageError(
    'worker_crashed',
    `the worker could not be started${because(reason)}; check that all files of the package are served and that the content security policy allows worker-src and 'wasm-unsafe-eval'`,
  );

const crashed = (reason) =>
  new TriageError('worker_crashed', `the worker stopped${because(reason)}; call again, it is started anew`);

function orAborted(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(cancelled());
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
