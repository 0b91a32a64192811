// Pictures of every state, wide and narrow, light and dark; or one picture of a verdict for the README.
// usage: node screenshots.mjs FOLDER [SCENE...]
//        node screenshots.mjs FILE.png
// The programs and folders are those of the tests, see stack.mjs.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openPage, startBrowser, triage, untilOfflineReady } from './browser.mjs';
import { loaded, openUnloaded, unloaded } from './scenes.mjs';
import { startStack } from './stack.mjs';

const [folder, ...wanted] = process.argv.slice(2);
if (!folder) {
  process.stderr.write('usage: node screenshots.mjs FOLDER [SCENE...] | FILE.png\n');
  process.exit(2);
}

async function shoot(page, scene) {
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(folder, `${scene}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function shootAll(scenes, stage) {
  for (const [name, arrive] of scenes) {
    const leave = await arrive(stage);
    if (wanted.length === 0 || wanted.includes(name)) await shoot(stage.page, name);
    await leave?.();
    process.stdout.write(`${name}\n`);
  }
}

async function everything(stack) {
  await mkdir(folder, { recursive: true });
  const browser = await startBrowser();
  const blocked = await startBrowser({ serviceWorkers: 'block' });
  try {
    await shootAll(unloaded, await openUnloaded(blocked.context, stack.origin));
    const page = await openPage(browser.context, stack.origin);
    await untilOfflineReady(page);
    await shootAll(loaded, { page, stack });
  } finally {
    await blocked.close();
    await browser.close();
  }
}

async function one(stack, path) {
  const browser = await startBrowser({ colorScheme: 'light' });
  try {
    const page = await openPage(browser.context, stack.origin);
    await triage(page);
    await page.screenshot({ path });
  } finally {
    await browser.close();
  }
}

const stack = await startStack();
try {
  await (folder.endsWith('.png') ? one(stack, folder) : everything(stack));
} finally {
  await stack.stop();
}
