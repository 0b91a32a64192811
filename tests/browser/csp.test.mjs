// The strict policy holds, and text that looks like markup stays text wherever it comes from.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { byId, importRecords, openAll, openPage, retrieve, startBrowser } from './browser.mjs';
import { goodAnswer, startStack } from './stack.mjs';

let stack, browser;
before(async () => {
  stack = await startStack();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const payloads = [
  '<img src=x onerror="globalThis.hacked=1">',
  '<script>globalThis.hacked=1</script>',
  '<svg onload="globalThis.hacked=1"><animate onbegin="globalThis.hacked=1"/></svg>',
  '<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>',
  '"><b id=injected>bold</b>',
  '<a href="javascript:globalThis.hacked=1">link</a>',
  '</textarea></pre></script><h1 id=injected>out</h1>',
  '<style>*{display:none}</style><link rel=stylesheet href=//example.invalid>',
  '<form action=//example.invalid><button id=injected>go</button></form>',
  '{{constructor.constructor("globalThis.hacked=1")()}}${globalThis.hacked=1}',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=globalThis.hacked=1&gt;">',
  '&lt;img src=x onerror=globalThis.hacked=1&gt;&#60;b id=injected&#62;',
  'javascript:globalThis.hacked=1//data:text/html,<script>parent.hacked=1</script>',
  '<template><b id=injected></b></template><object data="javascript:globalThis.hacked=1"></object>',
];
const all = payloads.join('\n');

async function untouched(page) {
  const found = await page.evaluate(() => ({
    hacked: globalThis.hacked,
    elements: document.querySelectorAll('#injected, iframe, img[src="x"], object, main script, main style, main form[action], [onerror], [onload]').length,
    scripted: [...document.querySelectorAll('a[href]')].filter((link) => !/^(?:https?:|blob:)/.test(link.protocol + link.href)).length,
  }));
  assert.deepEqual(found, { hacked: undefined, elements: 0, scripted: 0 });
  assert.deepEqual(page.faults, []);
}

test('the headers are as strict as they should be', async () => {
  const response = await fetch(stack.origin);
  const policy = response.headers.get('content-security-policy');
  const directives = Object.fromEntries(policy.split(';').map((part) => part.trim().split(/ (.*)/s)));
  assert.equal(directives['default-src'], "'none'");
  assert.match(directives['script-src'], /^'self' 'wasm-unsafe-eval'(?: 'sha256-[A-Za-z0-9+/]{43}=')+$/);
  assert.equal(directives['style-src'], "'self'");
  assert.equal(directives['connect-src'], "'self'");
  assert.equal(directives['worker-src'], "'self'");
  assert.equal(directives['frame-ancestors'], "'none'");
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
});

test('a whole visit breaks no policy', async () => {
  const page = await openPage(browser.context, stack.origin);
  await retrieve(page, 1);
  await byId(page, 'triage').click();
  await byId(page, 'verdict').waitFor();
  for (const place of ['history', 'accuracy', 'benchmark', 'about', 'triage']) await byId(page, `nav-${place}`).click();
  await untouched(page);
  await page.close();
});

test('markup in an alert', async () => {
  const page = await openPage(browser.context, stack.origin);
  for (const alert of [`whoami ${all}`, `powershell.exe ${all}`, JSON.stringify({ process: 'powershell.exe', [all]: all, user: all, host: all })]) {
    await retrieve(page, alert);
    await openAll(page);
    await untouched(page);
  }
  // Hidden in an encoding that the page takes apart.
  const encoded = Buffer.from(`IEX ${all}`, 'utf16le').toString('base64');
  await retrieve(page, `powershell.exe -EncodedCommand ${encoded}`);
  await untouched(page);
  await page.close();
});

test('markup in an answer, while it streams and as a verdict', async () => {
  const page = await openPage(browser.context, stack.origin);
  const hostile = {
    ...goodAnswer,
    attack_chain: all,
    reasoning: all,
    recommended_actions: payloads,
    false_positive_indicators: payloads,
    investigation_queries: payloads,
    evidence: payloads.map((payload) => ({ claim: payload, quote: payload, field: payload })),
    matched_techniques: ['T1059.001', ...payloads],
  };
  for (const answer of [hostile, all]) {
    await stack.scenario('happy', answer);
    await retrieve(page, 1);
    await byId(page, 'triage').click();
    await page.locator('[data-testid="verdict"], [data-code="malformed_answer"]').first().waitFor();
    await untouched(page);
  }
  await byId(page, 'nav-history').click();
  await byId(page, 'history-item').first().click();
  await byId(page, 'verdict').waitFor();
  await untouched(page);
  await stack.scenario('happy');
  await page.close();
});

test('markup in an import', async () => {
  const page = await openPage(browser.context, stack.origin);
  const verdict = {
    triage_id: all.slice(0, 120), verdict: 'HIGH', confidence: 0.5, matched_techniques: ['T1059.001'], attack_chain: all,
    reasoning: all, recommended_actions: payloads, false_positive_indicators: payloads, investigation_queries: payloads,
    evidence: [{ claim: all, quote: all, field: all, resolved: true }], model: all, attack_version: all, index_id: all,
    prompt_sha256: all, created_at: all, flags: [],
    usage: { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  };
  const judgement = {
    schema_version: 2, triage_id: verdict.triage_id, created_at: all, alert_text: all, agent_verdict: 'HIGH', analyst_verdict: 'LOW',
    analyst_correct: false, analyst_notes: all, matched_techniques: [], corrected_techniques: [], confidence: 0.5, model: all, attack_version: all,
  };
  const hostile = {
    format: 'soc-copilot-export', schema_version: 2, exported_at: all,
    triages: [{ schema_version: 2, alert_text: all, verdict }], feedback: [judgement],
  };
  await importRecords(page, JSON.stringify(hostile), `${payloads[0].replaceAll('/', '')}.json`);
  await byId(page, 'records-done').or(page.locator('[data-code="import_rejected"]')).first().waitFor();
  assert.equal(await byId(page, 'records-done').count(), 1, 'any text may stand in a record');
  await untouched(page);
  await byId(page, 'nav-history').click();
  await byId(page, 'history-item').last().click();
  await untouched(page);
  // A key that would change every object in a careless program.
  await importRecords(page, `{"__proto__": {"hacked": 1}, ${JSON.stringify(hostile).slice(1)}`);
  await page.locator('[data-code="import_rejected"]').waitFor();
  await untouched(page);
  await page.close();
});
