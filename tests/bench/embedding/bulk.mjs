// Many alerts from end to end by the package: read, embedded and ranked, as when a shift's alerts are pasted.

import { alerts } from '../alerts.mjs';
import { withPage } from './browser.mjs';

const TOP_K = 10;
const WARM_UP = 20;

// One row for each way of spreading the work. `lanes` calls are under way at once: an arrangement with
// several workers wants at least as many.
const arrangements = [{ name: 'one worker', lanes: 1 }];

export async function measureBulk({ origin, count }) {
  const texts = alerts(count + WARM_UP);
  const rows = [];
  for (const { name, lanes } of arrangements) {
    const run = (page, texts) =>
      page.evaluate(([texts, lanes, topK]) => globalThis.bench.retrieveAll(texts, lanes, topK), [texts, lanes, TOP_K]);
    const ms = await withPage({ origin }, async (page) => {
      await page.evaluate(() => globalThis.bench.start('ours'));
      await run(page, texts.slice(count));
      return run(page, texts.slice(0, count));
    });
    rows.push({ name, lanes, count, ms, per_second: (1000 * count) / ms });
  }
  return rows;
}
