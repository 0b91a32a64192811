// The real page behind the real proxy: how long until it can work, what it fetches, and whether it stutters.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPage, retrieve, startBrowser, untilOfflineReady, untilReady } from '../browser/browser.mjs';
import { bytes, least, median, milliseconds, most } from './numbers.mjs';
import { paths, requireBuilt, startProxy, startRelay } from './programs.mjs';

const SAMPLES = 5;

// Notes, inside the page, when the status first says Ready and every task over 50 ms.
function watch() {
  const seen = { ready: 0, tasks: [] };
  globalThis.bench = seen;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.tasks.push({ at: entry.startTime, ms: entry.duration });
  }).observe({ type: 'longtask', buffered: true });
  const observer = new MutationObserver(() => {
    if (!document.querySelector('[data-testid="engine-status"]')?.textContent.includes('Ready')) return;
    observer.disconnect();
    seen.ready = performance.now();
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true });
}

// One visit with a given profile: from the navigation to Ready, then whatever `body` does.
async function visit(profile, origin, body = async () => {}) {
  const browser = await startBrowser({ profile });
  try {
    await browser.context.addInitScript(watch);
    const page = await openPage(browser.context, origin);
    await body(page);
    // The observer hears of a task after it has ended.
    await page.waitForTimeout(500);
    const seen = await page.evaluate(() => ({
      ...globalThis.bench,
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
    }));
    if (!seen.ready) throw new Error('the page never said Ready');
    return seen;
  } finally {
    await browser.close();
  }
}

async function withProfile(body) {
  const profile = await mkdtemp(join(tmpdir(), 'soc-copilot-bench-'));
  try {
    return await body(profile);
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const longest = (tasks) => (tasks.length === 0 ? 'none over 50 ms' : `${most(tasks.map((task) => task.ms))} ms`);

export async function measurePageLoad({ quick }) {
  requireBuilt('proxy', 'page', 'assets');
  const rounds = quick ? 1 : 7;
  const cold = [];
  const warm = [];
  const paints = [];
  const tasks = { cold: [], warm: [], retrieval: [] };
  const proxy = await startProxy();
  try {
    for (let round = 0; round < rounds; round += 1) {
      await withProfile(async (profile) => {
        const first = await visit(profile, proxy.address, async (page) => {
          for (let sample = 1; sample <= SAMPLES; sample += 1) await retrieve(page, sample);
          await untilOfflineReady(page);
        });
        cold.push(first.ready);
        paints.push(first.paint);
        tasks.cold.push(...first.tasks.filter((task) => task.at <= first.ready));
        tasks.retrieval.push(...first.tasks.filter((task) => task.at > first.ready));
        const second = await visit(profile, proxy.address);
        warm.push(second.ready);
        tasks.warm.push(...second.tasks);
      });
    }
  } finally {
    await proxy.stop();
  }
  const transfer = await measureTransfer();
  const traced = await measureProcessorTime(quick ? 1 : 5);
  const weights = JSON.parse(await readFile(`${paths.assets}/manifest.json`, 'utf8')).files.weights.bytes;
  const times = (values) => `${values.length} times; fastest ${milliseconds(least(values))}, slowest ${milliseconds(most(values))}`;
  return {
    rows: [
      {
        name: 'First visit: navigation to Ready, median',
        value: milliseconds(median(cold)),
        data: { ms: median(cold), all_ms: cold },
        how: `real page through the real proxy on loopback, new browser profile: from the navigation until the status says Ready (page, worker, model and index fetched, checked, opened); ${times(cold)}`,
      },
      {
        name: 'First visit: first paint, median',
        value: milliseconds(median(paints)),
        data: { ms: median(paints), all_ms: paints },
        how: 'the same visits: `first-contentful-paint`',
      },
      {
        name: 'Second visit: navigation to Ready, median',
        value: milliseconds(median(warm)),
        data: { ms: median(warm), all_ms: warm },
        how: `the same profile in a newly started browser; ${times(warm)}`,
      },
      {
        name: 'Bytes received, first visit',
        value: bytes(transfer.first),
        data: { bytes: transfer.first, weights_bytes: weights },
        how: `counted by a relay between browser and proxy, with headers: everything page, worker and service worker fetch until the page works offline; most of it is the model, a file of ${bytes(weights)} that travels compressed`,
      },
      {
        name: 'Bytes received, second visit',
        value: bytes(transfer.second),
        data: { bytes: transfer.second },
        how: 'the same relay, until Ready',
      },
      {
        name: 'Longest main-thread task while loading',
        value: longest([...tasks.cold, ...tasks.warm]),
        data: { first_visit: tasks.cold, second_visit: tasks.warm, loads: 2 * rounds },
        how: `\`PerformanceObserver\` of type longtask (it reports tasks over 50 ms) in the ${2 * rounds} visits above; first visits: ${longest(tasks.cold)}, second visits: ${longest(tasks.warm)}`,
      },
      {
        name: 'Longest main-thread task while retrieving',
        value: longest(tasks.retrieval),
        data: { tasks: tasks.retrieval, retrievals: SAMPLES * rounds },
        how: `the same observer while the ${SAMPLES} samples are searched for and shown, in each of the ${rounds} first visits`,
      },
      {
        name: 'The same two in processor time',
        value: `${milliseconds(most(traced.loading))} and ${milliseconds(most(traced.retrieving))}`,
        data: traced,
        how: `Chromium's trace of ${traced.loading.length} other first visits: the largest processor time of any task of the page's main thread until Ready, and of any while the ${SAMPLES} samples are searched for; medians of the visits ${milliseconds(median(traced.loading))} and ${milliseconds(median(traced.retrieving))}. Unlike the durations above these leave out the time in which other programs had the processor`,
      },
    ],
  };
}

// A run of its own, so that the relay slows no timed visit down.
async function measureTransfer() {
  const relay = await startRelay();
  let proxy;
  try {
    proxy = await startProxy({ SOC_ALLOWED_HOSTS: relay.host });
    relay.to(proxy.address);
    return await withProfile(async (profile) => {
      await visit(profile, `http://${relay.host}`, untilOfflineReady);
      const first = relay.counted.down;
      await visit(profile, `http://${relay.host}`);
      return { first, second: relay.counted.down - first };
    });
  } finally {
    await relay.stop();
    await proxy?.stop();
  }
}

const READY = 'bench-ready';

// The processor time of the longest task of the page's main thread, while it loads and while it retrieves.
async function measureProcessorTime(rounds) {
  const found = { loading: [], retrieving: [] };
  const proxy = await startProxy();
  try {
    for (let round = 0; round < rounds; round += 1) {
      const events = await withProfile((profile) => traceVisit(profile, proxy.address));
      // Our own mark tells which of the traced threads is the page's.
      const ready = events.find((event) => event.name === READY);
      if (!ready) throw new Error('the trace is not complete');
      const tasks = events.filter((event) => event.name === 'RunTask' && event.pid === ready.pid && event.tid === ready.tid);
      // Microseconds.
      const worst = (some) => most(some.map((task) => task.tdur ?? 0)) / 1000;
      found.loading.push(worst(tasks.filter((task) => task.ts <= ready.ts)));
      found.retrieving.push(worst(tasks.filter((task) => task.ts > ready.ts)));
    }
  } finally {
    await proxy.stop();
  }
  return found;
}

async function traceVisit(profile, origin) {
  const browser = await startBrowser({ profile });
  try {
    const page = await browser.context.newPage();
    const session = await browser.context.newCDPSession(page);
    const events = [];
    session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
    // A process that is started by the navigation may run the page before it writes the trace, so the
    // page gets one that another document of the same origin, without any program, has started.
    await page.goto(`${origin}/health`);
    const includedCategories = ['disabled-by-default-devtools.timeline', 'blink.user_timing'];
    await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } });
    await page.goto(origin);
    await untilReady(page);
    await page.evaluate((name) => performance.mark(name), READY);
    for (let sample = 1; sample <= SAMPLES; sample += 1) await retrieve(page, sample);
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    return events;
  } finally {
    await browser.close();
  }
}
