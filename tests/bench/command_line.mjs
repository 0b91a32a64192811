// The command line: building the index, and retrieval without a browser.

import { readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { alerts } from './alerts.mjs';
import { least, median, milliseconds } from './numbers.mjs';
import { output, paths, requireBuilt, timed } from './programs.mjs';

export async function measureIndexBuild() {
  requireBuilt('triage');
  const { ATTACK_STIX: attack, MODEL_DIR: model } = process.env;
  if (!attack || !model) throw new Error('ATTACK_STIX and MODEL_DIR are not set; run scripts/bench, which sets them');
  const folder = `${output}/index`;
  await rm(folder, { recursive: true, force: true });
  const { wallMs, cpuMs } = await timed(paths.triage, ['index', 'build', '--attack', attack, '--model', model, '--out', folder]);
  const { techniques } = JSON.parse(await readFile(`${folder}/manifest.json`, 'utf8'));
  await rm(folder, { recursive: true, force: true });
  return {
    rows: [
      {
        name: 'Index build',
        value: milliseconds(wallMs),
        data: { wall_ms: wallMs, cpu_ms: cpuMs, techniques },
        how: `\`triage index build\` over ${basename(attack)} (${techniques} techniques), once, from start to end of the program; processor time ${milliseconds(cpuMs)}`,
      },
    ],
  };
}

export async function measureNativeRetrieval({ quick }) {
  requireBuilt('triage', 'assets');
  const count = quick ? 21 : 201;
  const rounds = quick ? 1 : 3;
  const lines = alerts(count).map((alert, id) => JSON.stringify({ id, alert }));
  const run = async (lines) => {
    const result = await timed(paths.triage, ['retrieve', '--assets', paths.assets, '--top-k', '10'], { input: `${lines.join('\n')}\n` });
    if (result.lines !== lines.length) throw new Error(`${result.lines} answers to ${lines.length} alerts`);
    return result;
  };
  const one = [];
  const many = [];
  for (let round = 0; round < rounds; round += 1) {
    one.push(await run(lines.slice(0, 1)));
    many.push(await run(lines));
  }
  // What starting, loading and the first alert cost is in both.
  const each = (key) => (median(many.map((result) => result[key])) - median(one.map((result) => result[key]))) / (count - 1);
  const start = one.map((result) => result.wallMs);
  return {
    rows: [
      {
        name: 'Native retrieval',
        value: `${(1000 / each('wallMs')).toFixed(1)} alerts a second`,
        data: { ms_each: each('wallMs'), cpu_ms_each: each('cpuMs'), count, rounds },
        how: `\`triage retrieve --top-k 10\`: time for ${count} alerts less the time for one, divided by ${count - 1}; medians of ${rounds}. ${milliseconds(each('wallMs'))} and ${milliseconds(each('cpuMs'))} of processor time an alert`,
      },
      {
        name: 'Native start with one alert',
        value: milliseconds(median(start)),
        data: { ms: median(start), least_ms: least(start) },
        how: `\`triage retrieve\` with one alert: start, load and check of the assets, answer; median of ${rounds}`,
      },
    ],
  };
}
