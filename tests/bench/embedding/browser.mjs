// The browser of the embedding bench: on one core where it is timed, and open on a page with both sides.

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { openPage, startBrowser } from '../../browser/browser.mjs';
import { output } from '../programs.mjs';

// The last core that we may use, or null where the system has no way to stay on one.
export function lastCore() {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    const [, list] = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(/\d+$/.exec(list)[0]);
  } catch {
    return null;
  }
}

// Whether the processor has the instruction that V8 makes of the relaxed 8-bit dot product; the 512-bit
// form, which other processors have, is not used by V8. Null where the system does not tell.
export function hasVnni() {
  try {
    return /^flags\s*:.*\bavx_vnni\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return null;
  }
}

// A program that starts Chromium on one core: its processes inherit that, so neither side's helper
// threads (compiling, collecting garbage) run beside the timed one.
function chromiumOn(core) {
  const file = `${output}/chromium-on-one-core`;
  const quoted = (process.env.CHROMIUM ?? '/usr/bin/chromium').replaceAll("'", "'\\''");
  writeFileSync(file, `#!/bin/sh\nexec taskset -c ${core} '${quoted}' "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

export async function versionOf(page) {
  const session = await page.context().newCDPSession(page);
  const { product } = await session.send('Browser.getVersion');
  await session.detach();
  return product.replace('/', ' ');
}

// Opens the bench's page in a new browser, lets `body` use it, and closes the browser.
export async function withPage({ origin, core = null, profile, flags }, body) {
  const browser = await startBrowser({ profile, flags, ...(core === null ? {} : { executablePath: chromiumOn(core) }) });
  try {
    const page = await openPage(browser.context, `${origin}/page.html`, { ready: false });
    await page.waitForFunction(() => globalThis.bench);
    return await body(page);
  } finally {
    await browser.close();
  }
}
