// The npm package in a page that is not ours, under a strict policy.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { startServer } from '../package/server.mjs';
import { LOAD, openPage, startBrowser } from './browser.mjs';
import { assetsDir, npmDir } from './stack.mjs';

const codes = (failure) => [failure?.isError, failure?.name, failure?.code];

test('another page loads the package and finds techniques', { timeout: 2 * LOAD }, async () => {
  assert.ok(existsSync(`${npmDir}/package.json`), 'the package is not built; run scripts/package');
  const server = await startServer({ npm: npmDir, assets: assetsDir });
  const browser = await startBrowser();
  try {
    const page = await openPage(browser.context, `${server.origin}/page.html`, { ready: false });
    await page.getByText('Ready to run').waitFor();
    const found = await page.evaluate(() => globalThis.run());

    assert.deepEqual(found.fetchedByImport.filter((path) => !path.endsWith('.js')), [], 'importing fetches nothing but its modules');
    assert.deepEqual(codes(found.aborted), [true, 'TriageError', 'cancelled']);
    assert.deepEqual(codes(found.missing), [true, 'TriageError', 'asset_unavailable']);
    assert.ok(found.steps > 0, 'progress is told');
    assert.equal(found.vector.kind, 'Float32Array');
    assert.deepEqual([found.vector.length, found.vector.second], [384, 384]);
    assert.ok(Math.abs(found.vector.norm - 1) < 1e-5);
    assert.ok(found.vector.difference < 1e-6, 'one by one or together: the same vector');
    const { techniques } = found.retrieved;
    assert.equal(techniques.length, 10);
    assert.ok(techniques.some((technique) => technique.id === 'T1059.001'), techniques.map((technique) => technique.id).join());
    for (const name of ['id', 'name', 'tactics', 'score', 'reasons']) assert.ok(name in techniques[0], name);
    assert.ok(!found.prepared.includes('undefined'));
    assert.deepEqual(codes(found.wrong), [true, 'TriageError', 'invalid_argument']);
    assert.deepEqual([found.accuracy.total, found.accuracy.accuracy], [0, null], 'absent is null');
    assert.equal(JSON.parse(found.exported).format, 'soc-copilot-export');
    assert.deepEqual(codes(found.refused), [true, 'TriageError', 'import_rejected']);
    assert.deepEqual(codes(found.unknownInstructions), [true, 'TriageError', 'invalid_argument']);
    assert.deepEqual(Object.keys(found.vectors), ['0 relaxed-dot', '1 widened', '2 widened']);
    assert.deepEqual(found.engine.tried.map(({ name }) => name), ['relaxed-dot', 'widened']);
    assert.ok(found.engine.tried.every(({ ms }) => ms > 0));
    for (const vectors of Object.values(found.vectors)) {
      assert.deepEqual(vectors, found.vectors['1 widened'], 'all instructions give the same vectors, bit for bit');
    }
    assert.equal(new Set(found.vectors['1 widened']).size, 6);
    assert.ok(found.resumed.isRising, 'a broken download goes on where it stopped');
    assert.ok(Math.abs(found.resumed.norm - 1) < 1e-5);
    const { pool } = found;
    assert.deepEqual(codes(pool.tooMany), [true, 'TriageError', 'invalid_argument']);
    assert.deepEqual([pool.alone.workers.length, pool.alone.most_workers, pool.alone.kept], [1, 1, 'kept']);
    assert.ok(pool.isSame && pool.isSameAfterwards, 'shared among workers: the same vectors in the same order');
    assert.ok(pool.isRising, 'progress rises to the end');
    assert.deepEqual([pool.shared.workers.length, pool.shared.most_workers, pool.shared.lost_workers], [3, 3, 0]);
    assert.ok(pool.shared.workers.every(({ memory_bytes: bytes }) => bytes > 23e6 && bytes < 60e6), JSON.stringify(pool.shared));
    assert.deepEqual(codes(pool.givenUp), [true, 'TriageError', 'cancelled']);
    assert.ok(pool.retrieved, 'many alerts: what each gives alone');
    assert.deepEqual(codes(pool.wrong), [true, 'TriageError', 'invalid_argument']);
    assert.equal(pool.none, 0);
    const doneByAnother = [true, 1, 1];
    assert.deepEqual(pool.withoutHelp, [doneByAnother, doneByAnother], 'a helper dies or falls silent: its texts are done by another');
    assert.deepEqual(codes(found.freed), [true, 'TriageError', 'freed']);
    // Failed loads and broken connections were asked for; they are all the console may speak of.
    assert.deepEqual(page.faults.filter((text) => !/404|ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE/.test(text)), []);
  } finally {
    await browser.close();
    await server.stop();
  }
});
