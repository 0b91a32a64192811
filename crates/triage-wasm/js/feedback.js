// Judgements, receipts and questions in IndexedDB, shared with the SOC Copilot page of the same origin: only ever added to.
// Records are checked, named and counted in the worker; this file only stores them.

import { TriageError } from './errors.js';

const DATABASE = 'soc-copilot';
const VERSION = 3;
const STORES = ['triages', 'feedback', 'receipts', 'turns'];

/** The version of the records this package writes. */
const SCHEMA_VERSION = 3;

/** What the page tells its other tabs. */
const WRITTEN = 'written';

export class Feedback {
  #client;
  #database = null;

  /** Not public: use the `feedback` of a Triage. */
  constructor(client) {
    this.#client = client;
  }

  /** Adds a judgement and resolves with the record as it was stored. */
  async record(record) {
    const feedback = {
      schema_version: SCHEMA_VERSION,
      created_at: new Date().toISOString(),
      analyst_correct: record?.agent_verdict === record?.analyst_verdict,
      analyst_notes: '',
      matched_techniques: [],
      corrected_techniques: [],
      ...record,
    };
    try {
      const checked = await this.#checked(exportOf({ feedback: [feedback] }));
      await this.#add(checked);
      return checked.records.feedback[0];
    } catch (error) {
      throw error.code === 'import_rejected' ? new TriageError('invalid_argument', `not a feedback record: ${error.message}`) : error;
    }
  }

  /**
   * Not public: keeps the receipt of a request that is on its way. It does not wait for the worker, which
   * is busy with that very request.
   */
  async keepReceipt(receipt) {
    const key = `${receipt.triage_id} ${receipt.created_at} ${receipt.sha256}`;
    await this.#quietly({ records: { receipts: [receipt] }, keys: { receipts: [key] } });
  }

  /** Not public: keeps a question and its answer. */
  async keepTurn(turn) {
    await this.#quietly(this.#checked(exportOf({ turns: [turn] })));
  }

  /** Where the browser stores nothing, what was asked for goes on; asking for the list says why. */
  async #quietly(records) {
    try {
      await this.#add(await records);
    } catch {
      // See above.
    }
  }

  /** All judgements, oldest first. */
  async list() {
    return (await this.#all()).feedback;
  }

  /** The receipts of what left the browser, oldest first. */
  async receipts() {
    return (await this.#all()).receipts;
  }

  /** Further questions and their answers, oldest first. */
  async turns() {
    return (await this.#all()).turns;
  }

  /** How often the verdicts were right. */
  async accuracy() {
    const records = await this.list();
    return (await this.#client.call({ kind: 'accuracy', records })).accuracy;
  }

  /** Everything that is kept, triages too, as one JSON text. */
  async exportJson() {
    return (await this.#client.call({ kind: 'export', records: await this.#all() })).json;
  }

  /** Adds what an export has and this browser has not: all of it, or nothing. */
  async importJson(text) {
    return this.#add(await this.#checked(text));
  }

  /** Closes the database; the next call opens it again. */
  close() {
    this.#database?.then((database) => database.close(), () => {});
    this.#database = null;
  }

  /** Reads an export whole, with the name of each record. */
  async #checked(text) {
    const { records } = await this.#client.call({ kind: 'import', text });
    const { keys } = await this.#client.call({ kind: 'identify', records });
    return { records, keys };
  }

  async #all() {
    const transaction = await this.#transaction('readonly');
    const requests = STORES.map((store) => [store, transaction.objectStore(store).getAll()]);
    await ended(transaction);
    return Object.fromEntries(requests.map(([store, { result }]) => [store, result.sort(byTime)]));
  }

  async #add({ records, keys }) {
    const transaction = await this.#transaction('readwrite');
    const added = Object.fromEntries(STORES.map((store) => [store, 0]));
    const add = (store, record, key) => {
      const request = transaction.objectStore(store).add(record, key);
      request.addEventListener('success', () => (added[store] += 1));
      request.addEventListener('error', (event) => {
        // The record is there already. Unless told so, the transaction would be undone.
        if (request.error.name === 'ConstraintError') event.preventDefault();
      });
    };
    try {
      STORES.forEach((store) => records[store]?.forEach((record, place) => add(store, record, keys[store][place])));
    } catch (error) {
      // What was added before would be kept without the rest.
      transaction.abort();
      throw storage(error);
    }
    await ended(transaction);
    if (Object.values(added).some((count) => count > 0)) tellOtherTabs();
    return added;
  }

  async #transaction(mode) {
    for (let attempt = 0; ; attempt += 1) {
      this.#database ??= open();
      const opening = this.#database;
      try {
        return (await opening).transaction(STORES, mode, { durability: 'strict' });
      } catch (error) {
        if (this.#database === opening) this.#database = null;
        // The browser closes a connection when site data is cleared; a second one is new.
        if (attempt > 0 || error.name !== 'InvalidStateError') throw storage(error);
      }
    }
  }
}

function open() {
  return new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) {
      reject(new TriageError('storage', 'this browser stores no data for this page'));
      return;
    }
    const request = indexedDB.open(DATABASE, VERSION);
    let refused = null;
    request.addEventListener('upgradeneeded', ({ oldVersion }) => {
      if (oldVersion === 0) {
        STORES.forEach((store) => request.result.createObjectStore(store));
        return;
      }
      // Only the page has ever written that form, and it brings its own records along.
      refused = new TriageError('storage', 'the feedback is of an older form; open the SOC Copilot page once, then try again');
      request.transaction.abort();
    });
    request.addEventListener('blocked', () => {
      refused = new TriageError('storage', 'another tab uses an older version; close the other tabs and try again');
      reject(refused);
    });
    request.addEventListener('error', (event) => {
      event.preventDefault();
      reject(refused ?? storage(request.error));
    });
    request.addEventListener('success', () => {
      const database = request.result;
      if (refused) {
        database.close();
        return;
      }
      // Another tab upgrades or deletes the database: let it.
      database.addEventListener('versionchange', () => database.close());
      resolve(database);
    });
  });
}

function ended(transaction) {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(storage(transaction.error)));
  });
}

function storage(error) {
  if (error instanceof TriageError) return error;
  const reasons = {
    QuotaExceededError: 'there is no room left; export the feedback and free disk space',
    VersionError: 'a newer version of SOC Copilot has taken over the stored feedback; update this package',
  };
  const reason = reasons[error?.name] ?? `${error?.name ?? 'the connection was closed'}; allow site data and try again`;
  return new TriageError('storage', `nothing was stored: ${reason}`);
}

function tellOtherTabs() {
  if (!globalThis.BroadcastChannel) return;
  const channel = new BroadcastChannel(DATABASE);
  channel.postMessage(WRITTEN);
  channel.close();
}

/** Records in the form of an export, which is the form the worker checks. */
function exportOf(records) {
  const head = { format: 'soc-copilot-export', schema_version: SCHEMA_VERSION, exported_at: new Date().toISOString() };
  return JSON.stringify({ ...head, triages: [], feedback: [], ...records });
}

/** Times of one form sort as text; a triage's time is its verdict's. */
const byTime = (one, other) => {
  const [a, b] = [one, other].map((record) => record.created_at ?? record.verdict.created_at);
  return a < b ? -1 : Number(a > b);
};
