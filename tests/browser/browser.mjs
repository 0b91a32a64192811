// Chromium with an empty profile, and the page as its user sees it.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

// The model is 23 MB, and the machine may have other things to do.
export const LOAD = 120_000;
export const WAIT = 30_000;

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// A browser with a profile of its own, which `close` removes. A given folder is kept. `more` are flags
// besides those that every run has.
export async function startBrowser({ profile, flags: more = [], ...options } = {}) {
  const folder = profile ?? (await mkdtemp(join(tmpdir(), 'soc-copilot-browser-')));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...flags, ...more],
    acceptDownloads: true,
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(WAIT);
  return {
    context,
    async close() {
      await context.close();
      if (!profile) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

// Opens the page and watches it: `faults` are console errors, uncaught errors and broken policies.
export async function openPage(context, url, { ready = true } = {}) {
  const page = await context.newPage();
  page.faults = [];
  page.on('console', (message) => {
    if (message.type() === 'error') page.faults.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => page.faults.push(String(error)));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} blocked ${event.blockedURI} ${event.sample}`);
    });
  });
  await page.goto(url);
  if (ready) await untilReady(page);
  return page;
}

export const byId = (page, id) => page.getByTestId(id);

export const untilReady = (page) =>
  page.getByTestId('engine-status').filter({ hasText: 'Ready' }).waitFor({ timeout: LOAD });

// The service worker has taken the page over and all assets are written, so the next start needs no network.
export async function untilOfflineReady(page) {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, { timeout: WAIT });
  const areWritten = async () => {
    const kept = await (await caches.open('soc-copilot-assets')).keys();
    return ['/manifest.json', '/model.bin', '/passages.bin'].every((name) => kept.some(({ url }) => new URL(url).pathname.endsWith(name)));
  };
  await eventually('the assets are written', () => page.evaluate(areWritten));
}

export async function retrieve(page, alert, { topK = 10 } = {}) {
  if (typeof alert === 'number') await byId(page, `sample-${alert}`).click();
  else await byId(page, 'alert-input').fill(alert);
  await byId(page, 'top-k').fill(String(topK));
  await byId(page, 'top-k').press('Tab');
  await byId(page, 'find').click();
  await byId(page, 'technique').first().waitFor();
  return techniqueIds(page);
}

// Opens everything a technique's card has to say.
export async function openMore(card) {
  await card.getByTestId('more').locator('summary').first().click();
  await card.getByTestId('reasons').waitFor();
}

// Opens everything that can be opened, and what appears in it.
export async function openAll(page) {
  for (let closed = 1; closed > 0;) {
    closed = await page.evaluate(() => {
      const found = document.querySelectorAll('main details:not([open])');
      found.forEach((details) => { details.open = true; });
      return found.length;
    });
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
  }
}

export async function techniqueIds(page) {
  const texts = await byId(page, 'technique').getByTestId('technique-id').allTextContents();
  return texts.map((text) => /T\d{4}(?:\.\d{3})?/.exec(text)?.[0]);
}

// From sample 1 to a shown verdict.
export async function triage(page, alert = 1) {
  await retrieve(page, alert);
  await byId(page, 'triage').click();
  await byId(page, 'verdict').waitFor();
}

export async function judge(page, { verdict = 'BENIGN', notes = '', techniques = '' } = {}) {
  await byId(page, 'thumb-down').click();
  await byId(page, 'corrected-verdict').selectOption(verdict);
  if (techniques) await byId(page, 'corrected-techniques').fill(techniques);
  await byId(page, 'notes').fill(notes);
  await byId(page, 'save-feedback').click();
  await byId(page, 'saved').waitFor();
}

export const notice = (page, code) => page.locator(`[data-testid="error"][data-code="${code}"]`);

export async function untilNotice(page, code) {
  await notice(page, code).first().waitFor();
  return notice(page, code).first();
}

export const noVerdict = async (page) => assert.equal(await byId(page, 'verdict').count(), 0, 'no verdict is shown');

// Asks again and again until `ask` gives something; half a minute at most.
export async function eventually(what, ask) {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const found = await ask();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what}: not within half a minute`);
}

export async function exportRecords(page) {
  await byId(page, 'nav-accuracy').click();
  const download = page.waitForEvent('download');
  await byId(page, 'export').click();
  const stream = await (await download).createReadStream();
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

export async function importRecords(page, text, name = 'records.json') {
  await byId(page, 'nav-accuracy').click();
  await byId(page, 'import').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
}

// A kept triage with these techniques, as an export that can be imported.
export function exported({ techniques = [], corrected = [], version = '17.1', id = 'kept-triage' } = {}) {
  const created = '2025-05-01T10:00:00.000Z';
  const verdict = {
    triage_id: id, verdict: 'HIGH', confidence: 0.7, matched_techniques: techniques, attack_chain: 'chain', reasoning: 'reasoning',
    recommended_actions: [], false_positive_indicators: [], investigation_queries: [], evidence: [], model: 'm',
    attack_version: version, index_id: 'i', prompt_sha256: 'p', created_at: created, flags: ['technique_moved', 'deprecated_technique_dropped'],
    usage: { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  };
  const judgement = {
    schema_version: 2, triage_id: id, created_at: created, alert_text: 'a kept alert', agent_verdict: 'HIGH', analyst_verdict: 'LOW',
    analyst_correct: false, analyst_notes: '', matched_techniques: techniques, corrected_techniques: corrected, confidence: 0.7, model: 'm',
    attack_version: version,
  };
  return JSON.stringify({
    format: 'soc-copilot-export', schema_version: 2, exported_at: created,
    triages: [{ schema_version: 2, alert_text: 'a kept alert', verdict }], feedback: [judgement],
  });
}

// Everything IndexedDB holds for this origin.
export const records = (page) =>
  page.evaluate(async () => {
    const settled = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const found = {};
    for (const { name } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        found[`${name}/${store}`] = await settled(database.transaction(store).objectStore(store).getAll());
      }
      database.close();
    }
    return found;
  });

// Leaves the origin without records; the page is loaded anew.
export async function wipe(page) {
  await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase('soc-copilot');
        request.onsuccess = resolve;
        request.onerror = () => reject(request.error);
      }),
  );
  await page.reload();
  await untilReady(page);
}
