// Judgements in IndexedDB, shared with the SOC Copilot page of the same origin: only ever added to.
// Records are checked, named and counted in the worker; this file only stores them.

import { TriageError } from './errors.js';

const DATABASE = 'soc-copilot';
const VERSION = 2;
const TRIAGES = 'triages';
const FEEDBACK = 'feedback';

/** The version of the records this package writes. */
const SCHEMA_VERSION = 2;

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
      const checked = await this.#checked(exportOf([feedback]));
      await this.#add(checked);
      return checked.feedback[0];
    } catch (error) {
      throw error.code === 'import_rejected' ? new TriageError('invalid_argument', `not a feedback record: ${error.message}`) : error;
    }
  }

  /** All judgements, oldest first. */
  async list() {
    return (await this.#all()).feedback;
  }

  /** How often the verdicts were right. */
  async accuracy() {
    const records = await this.list();
    return (await this.#client.call({ kind: 'accuracy', records })).accuracy;
  }

  /** Everything that is kept, triages too, as one JSON text. */
  async exportJson() {
    return (await this.#client.call({ kind: 'export', ...(await this.#all()) })).json;
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

  /** Reads an export whole, with the name of each judgement. */
  async #checked(text) {
    const { triages, feedback } = await this.#client.call({ kind: 'import', text });
    const { ids } = await this.#client.call({ kind: 'identify', records: feedback });
    return { triages, feedback, ids };
  }

  async #all() {
    const transaction = await this.#transaction('readonly');
    const requests = [TRIAGES, FEEDBACK].map((store) => transaction.objectStore(store).getAll());
    await ended(transaction);
    const [triages, feedback] = requests.map((request) => request.result);
    triages.sort((one, other) => order(one.verdict.created_at, other.verdict.created_at));
    feedback.sort((one, other) => order(one.created_at, other.created_at));
    return { triages, feedback };
  }

  async #add({ triages, feedback, ids }) {
    const transaction = await this.#transaction('readwrite');
    const added = { triages: 0, feedback: 0 };
    const add = (store, record, key) => {
      const request = transaction.objectStore(store).add(record, key);
      request.addEventListener('success', () => (added[store] += 1));
      request.addEventListener('error', (event) => {
        // The record is there already. Unless told so, the transaction would be undone.
        if (request.error.name === 'ConstraintError') event.preventDefault();
      });
    };
    try {
      triages.forEach((record) => add(TRIAGES, record, record.verdict.triage_id));
      feedback.forEach((record, index) => add(FEEDBACK, record, ids[index]));
    } catch (error) {
      // What was added before would be kept without the rest.
      transaction.abort();
      throw storage(error);
    }
    await ended(transaction);
    if (added.triages + added.feedback > 0) tellOtherTabs();
    return added;
  }

  async #transaction(mode) {
    for (let attempt = 0; ; attempt += 1) {
      this.#database ??= open();
      const opening = this.#database;
      try {
        return (await opening).transaction([TRIAGES, FEEDBACK], mode, { durability: 'strict' });
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
        request.result.createObjectStore(TRIAGES);
        request.result.createObjectStore(FEEDBACK);
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
function exportOf(feedback) {
  const head = { format: 'soc-copilot-export', schema_version: SCHEMA_VERSION, exported_at: new Date().toISOString() };
  return JSON.stringify({ ...head, triages: [], feedback });
}

/** Times of one form sort as text. */
const order = (one, other) => (one < other ? -1 : Number(one > other));
