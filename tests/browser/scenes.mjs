// Every state the page can be in, and the way there. Used by the accessibility tests and for pictures.

import {
  byId, exported, importRecords, judge, notice, openAll, openMore, openPage, retrieve, triage, untilNotice,
} from './browser.mjs';

const asked = async ({ page, stack }, scenario, code, answer, more) => {
  await stack.scenario(scenario, answer, more);
  await retrieve(page, 1);
  await byId(page, 'triage').click();
  await untilNotice(page, code);
};

// Scenes of a loaded page. Each begins where the one before ended.
export const loaded = [
  ['idle', async ({ page }) => {
    await byId(page, 'alert-input').waitFor();
  }],
  ['empty-alert', async ({ page }) => {
    await byId(page, 'find').click();
    await untilNotice(page, 'invalid_argument');
  }],
  ['found', async ({ page }) => {
    await retrieve(page, 1);
  }],
  ['found-opened', async ({ page }) => {
    await retrieve(page, 1, { topK: 5 });
    await byId(page, 'nearest').waitFor();
    await openAll(page);
    await byId(page, 'technique-evidence').first().waitFor();
  }],
  ['card-lit', async ({ page }) => {
    await retrieve(page, 2, { topK: 5 });
    await byId(page, 'nearest').waitFor();
    await byId(page, 'technique').first().locator('.technique-id').focus();
  }],
  ['word-lit', async ({ page }) => {
    await byId(page, 'mark').nth(3).focus();
  }],
  ['explained', async ({ page }) => {
    const card = byId(page, 'technique').nth(1);
    await openMore(card);
    await byId(card, 'explain').click();
    await byId(card, 'explanation').waitFor();
    await byId(card, 'omission').first().getByRole('button').focus();
    await page.locator('.painted .part').first().waitFor();
  }],
  ['low-evidence', async ({ page }) => {
    await byId(page, 'alert-input').fill('Dear all, the meeting about lunch moved to four.');
    await byId(page, 'find').click();
    await untilNotice(page, 'low_evidence');
  }],
  ['nothing-to-go-on', async ({ page }) => {
    await byId(page, 'alert-input').fill('12345 67890');
    await byId(page, 'find').click();
    await untilNotice(page, 'nothing_to_go_on');
    await retrieve(page, 1);
  }],
  ['alert-changed', async ({ page }) => {
    await byId(page, 'alert-input').fill('another alert');
    await untilNotice(page, 'alert_changed');
  }],
  ['file-rejected', async ({ page }) => {
    await byId(page, 'file-input').setInputFiles({ name: 'a.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ\0\0\x90\xff') });
    await untilNotice(page, 'file_rejected');
  }],
  ['streaming', async ({ page, stack }) => {
    await stack.scenario('slow_drip');
    await retrieve(page, 1);
    await byId(page, 'triage').click();
    await byId(page, 'stream').filter({ hasText: 'drip drip' }).waitFor();
  }],
  ['stopped', async ({ page }) => {
    await byId(page, 'stop').click();
    await untilNotice(page, 'cancelled');
  }],
  ['refused', (stage) => asked(stage, 'refusal', 'refused')],
  ['truncated', (stage) => asked(stage, 'max_tokens', 'truncated')],
  ['rate-limited', (stage) => asked(stage, 'rate_limited', 'rate_limited')],
  ['spent', (stage) => asked(stage, 'spend_limit', 'rate_limited')],
  ['overloaded', (stage) => asked(stage, 'overloaded', 'upstream')],
  ['cut', (stage) => asked(stage, 'cut', 'stream_cut')],
  ['malformed', (stage) => asked(stage, 'happy', 'malformed_answer', 'no JSON')],
  ['verdict', async ({ page, stack }) => {
    await stack.scenario('happy');
    await triage(page);
  }],
  ['verdict-opened', async ({ page }) => {
    for (const summary of await page.locator('[data-testid="verdict"] summary').all()) await summary.click();
  }],
  ['judging', async ({ page }) => {
    await byId(page, 'thumb-down').click();
    await byId(page, 'save-feedback').click();
    await untilNotice(page, 'no_corrected_verdict');
  }],
  ['saved', async ({ page }) => {
    await judge(page, { verdict: 'BENIGN', notes: 'A known deployment tool.', techniques: 'T1204.002' });
  }],
  ['judging-moved', async ({ page }) => {
    await byId(page, 'corrected-techniques').fill('T1086');
    await byId(page, 'save-feedback').click();
    await untilNotice(page, 'technique_moved');
  }],
  ['history', async ({ page }) => {
    await byId(page, 'nav-history').click();
    await byId(page, 'history-item').first().waitFor();
  }],
  ['history-opened', async ({ page }) => {
    await byId(page, 'history-item').first().click();
    await byId(page, 'verdict').waitFor();
  }],
  ['accuracy', async ({ page }) => {
    await byId(page, 'nav-accuracy').click();
    await byId(page, 'matrix').waitFor();
    for (const summary of await page.locator('main summary').all()) await summary.click();
  }],
  ['history-moved', async ({ page }) => {
    await importRecords(page, exported({ techniques: ['T1059.001', 'T1086', 'T1043', 'T1999'], corrected: ['T1086'] }));
    await byId(page, 'records-done').waitFor();
    await page.goto(new URL('#/history/kept-triage', page.url()).href);
    await byId(page, 'standing').first().waitFor();
  }],
  ['import-rejected', async ({ page }) => {
    await byId(page, 'nav-accuracy').click();
    await byId(page, 'import').setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await untilNotice(page, 'import_rejected');
  }],
  ['benchmark', async ({ page }) => {
    await byId(page, 'nav-benchmark').click();
    await byId(page, 'run-benchmark').waitFor();
  }],
  ['benchmark-running', async ({ page }) => {
    const line = (at) => JSON.stringify({ id: `r-${at}`, alert: `schtasks /create /tn Updater${at} /sc onlogon`, techniques: ['T1053.005'] });
    const set = Array.from({ length: 400 }, (_, at) => line(at)).join('\n');
    await byId(page, 'benchmark-file').setInputFiles({ name: 'many.jsonl', mimeType: 'text/plain', buffer: Buffer.from(set) });
    await byId(page, 'benchmark-progress').filter({ hasText: 'alerts ranked' }).waitFor();
    return async () => {
      if (await byId(page, 'cancel-benchmark').count()) await byId(page, 'cancel-benchmark').click();
    };
  }],
  ['benchmark-result', async ({ page }) => {
    await byId(page, 'run-benchmark').click();
    await byId(page, 'benchmark-set').filter({ hasText: 'bundled' }).waitFor();
    await byId(page, 'miss-depth').selectOption('1');
    await openAll(page);
  }],
  ['benchmark-bad-file', async ({ page }) => {
    await byId(page, 'benchmark-file').setInputFiles({ name: 'bad.jsonl', mimeType: 'text/plain', buffer: Buffer.from('oops') });
    await untilNotice(page, 'invalid_argument');
  }],
  ['about', async ({ page }) => {
    await byId(page, 'nav-about').click();
    await byId(page, 'attack-version').waitFor();
  }],
  ['help', async ({ page }) => {
    await byId(page, 'open-help').click();
    await byId(page, 'help').waitFor();
  }],
  ['worker-crashed', async ({ page }) => {
    await page.keyboard.press('Escape');
    await byId(page, 'nav-triage').click();
    await page.workers()[0].evaluate(() => {
      setTimeout(() => {
        throw new WebAssembly.RuntimeError('unreachable');
      });
    });
    await untilNotice(page, 'worker_crashed');
  }],
  ['proxy-down', async ({ page, stack }) => {
    await stack.stopProxy();
    await retrieve(page, 1);
    await byId(page, 'triage').click();
    await notice(page, 'proxy_unreachable').first().waitFor();
    return () => stack.startProxy();
  }],
  ['storage-newer', async ({ page }) => {
    await page.evaluate(() => new Promise((resolve) => {
      const request = indexedDB.open('soc-copilot', 4);
      request.onsuccess = () => resolve(request.result.close());
    }));
    await untilNotice(page, 'storage_newer');
  }],
];

// Scenes of a page that cannot load, each in a page of its own in a context without service worker.
export const unloaded = [
  ['empty-history', async ({ page }) => {
    await byId(page, 'nav-history').click();
  }],
  ['empty-accuracy', async ({ page }) => {
    await byId(page, 'nav-accuracy').click();
    await byId(page, 'accuracy-value').waitFor();
  }],
  ['loading', async ({ page }) => {
    await byId(page, 'nav-triage').click();
    await byId(page, 'load-progress').waitFor();
    await byId(page, 'cancel-load').waitFor();
  }],
  ['waiting', async ({ page }) => {
    await byId(page, 'sample-1').click();
    await byId(page, 'find').click();
    await untilNotice(page, 'waiting_for_engine');
  }],
  ['load-cancelled', async ({ page }) => {
    await byId(page, 'cancel-load').click();
    await untilNotice(page, 'load_cancelled');
  }],
  ['load-failed', async ({ page, assets }) => {
    assets.fail();
    await byId(page, 'retry-load').click();
    await untilNotice(page, 'asset_unavailable');
  }],
];

// A page whose model never arrives, or fails to.
export async function openUnloaded(context, url) {
  const held = [];
  let fails = false;
  await context.route('**/assets/model.bin*', (route) => {
    if (fails) return route.abort();
    held.push(route);
    return undefined;
  });
  const page = await openPage(context, url, { ready: false });
  const assets = {
    fail() {
      fails = true;
      held.splice(0).forEach((route) => void route.abort().catch(() => {}));
    },
  };
  return { page, assets };
}
