// Retrieval in the browser: the npm package in a page of its own, with the real model and index.

import { readFileSync } from 'node:fs';
import { LOAD, openPage, startBrowser } from '../browser/browser.mjs';
import { startServer } from '../package/server.mjs';
import { alerts, readmeAlert } from './alerts.mjs';
import { least, mean, mebibytes, median, milliseconds, percentile } from './numbers.mjs';
import { paths, repo, requireBuilt } from './programs.mjs';

const TOP_K = 10;
const WARM_UP = 5;

export async function measureRetrieval({ quick }) {
  requireBuilt('npm', 'assets');
  const count = quick ? 10 : 100;
  const passes = quick ? 1 : 3;
  const repeats = quick ? 3 : 20;
  const texts = alerts(count + WARM_UP);
  const server = await startServer(paths);
  const browser = await startBrowser();
  try {
    const page = await openPage(browser.context, `${server.origin}/page.html`, { ready: false });
    page.setDefaultTimeout(2 * LOAD);
    const memoryAfterLoad = await page.evaluate(async () => {
      const { Triage } = await import('/soc-copilot/index.js');
      globalThis.triage = await Triage.load({ assetsUrl: '/assets/' });
      return globalThis.triage.info.memory_bytes;
    });
    const browserVersion = await versionOf(page);
    // The last texts warm up, so that none is measured twice.
    await retrieveAll(page, texts.slice(count));
    const measured = texts.slice(0, count);
    const runs = [];
    for (let pass = 0; pass < passes; pass += 1) runs.push(await retrieveAll(page, measured));
    const times = runs.flat();
    // Each alert at its best: what other work on the machine disturbs least.
    const best = measured.map((_, alert) => least(runs.map((run) => run[alert])));
    const [worker] = page.workers();
    // The engine's module exists once per worker; its `init` gives the exports of the running instance.
    const memory = () =>
      worker.evaluate(async (url) => {
        const relaxed = performance.getEntriesByType('resource').some(({ name }) => name.includes('engine_relaxed'));
        const { default: init } = await import(`${url}/${relaxed ? 'engine_relaxed' : 'engine'}.js`);
        return (await init()).memory.buffer.byteLength;
      }, `${server.origin}/soc-copilot`);
    const memoryAfterwards = await memory();
    const readmeTimes = await retrieveAll(page, Array(repeats).fill(readmeAlert));
    const { latency, rows: benchmarked } = await page.evaluate((set) => globalThis.triage.evaluate(set), benchmark(quick));
    // The browser's clock moves in steps of 0.1 ms, so that the mean says more than single times.
    const ranking = mean(benchmarked.map((row) => row.ranking_ms));
    // Asking for evidence waits until all of it is there.
    await page.evaluate(async (alert) => {
      const { techniques } = await globalThis.triage.retrieve(alert);
      await globalThis.triage.evidence(alert, [techniques[0].id]);
    }, readmeAlert);
    const memoryWithEvidence = await memory();
    await page.evaluate(() => globalThis.triage.free());
    const letters = median(measured.map((text) => text.length));
    return {
      browser: browserVersion,
      rows: [
        {
          name: 'Retrieval of one alert, median',
          value: milliseconds(median(times)),
          data: { ms: median(times), best_ms: median(best), least_ms: least(times), alerts: count, passes },
          how: `npm package in a page: time around \`await triage.retrieve(alert, { topK: ${TOP_K} })\`, message to the worker and back included; ${count} different alerts (median ${letters} characters), one after the other, ${passes === 1 ? 'once' : `${passes} times`}, after ${WARM_UP} others; median of each alert's fastest ${milliseconds(median(best))}`,
        },
        {
          name: 'Retrieval of one alert, p95',
          value: milliseconds(percentile(times, 0.95)),
          data: { ms: percentile(times, 0.95), best_ms: percentile(best, 0.95), all_ms: runs },
          how: `the same; p95 of each alert's fastest ${milliseconds(percentile(best, 0.95))}`,
        },
        {
          name: "Retrieval of the README's alert, median",
          value: milliseconds(median(readmeTimes)),
          data: { ms: median(readmeTimes), least_ms: least(readmeTimes), count: repeats },
          how: `the same with the page's first sample (${readmeAlert.length} characters), ${repeats} times; fastest ${milliseconds(least(readmeTimes))}`,
        },
        {
          name: 'Of it ranking, once read and embedded, mean',
          value: milliseconds(ranking),
          data: { ms: ranking, median_ms: latency.ranking_ms, retrieval_median_ms: latency.median_ms, alerts: benchmarked.length },
          how: `\`ranking_ms\` of \`await triage.evaluate(...)\` over ${benchmarked.length} alerts of web/benchmark.jsonl: score, order, reasons and places of words; a whole retrieval of the same alerts, median ${milliseconds(latency.median_ms)}`,
        },
        {
          name: 'WebAssembly memory after the load',
          value: mebibytes(memoryAfterLoad),
          data: { bytes: memoryAfterLoad },
          how: '`triage.info.memory_bytes`',
        },
        {
          name: `WebAssembly memory after ${passes * count + WARM_UP} retrievals`,
          value: mebibytes(memoryAfterwards),
          data: { bytes: memoryAfterwards },
          how: "`memory.buffer.byteLength` of the worker's instance",
        },
        {
          name: 'WebAssembly memory with the evidence',
          value: mebibytes(memoryWithEvidence),
          data: { bytes: memoryWithEvidence },
          how: 'the same after the first answer of `triage.evidence`; memory only grows, so this is the most that was used',
        },
      ],
    };
  } finally {
    await browser.close();
    await server.stop();
  }
}

const benchmark = (quick) => {
  const lines = readFileSync(`${repo}web/benchmark.jsonl`, 'utf8').trim().split('\n');
  return lines.slice(0, quick ? 10 : lines.length).join('\n');
};

const retrieveAll = (page, texts) =>
  page.evaluate(
    async ([texts, topK]) => {
      const times = [];
      for (const text of texts) {
        const before = performance.now();
        const { techniques } = await globalThis.triage.retrieve(text, { topK });
        times.push(performance.now() - before);
        if (techniques.length !== topK) throw new Error(`${techniques.length} techniques instead of ${topK}`);
      }
      return times;
    },
    [texts, TOP_K],
  );

async function versionOf(page) {
  const session = await page.context().newCDPSession(page);
  const { product } = await session.send('Browser.getVersion');
  await session.detach();
  return product;
}
