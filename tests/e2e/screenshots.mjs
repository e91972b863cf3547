// Photographs pages: each in a phone's and a desktop's width, light and dark.
//
//   node tests/e2e/screenshots.mjs OUT_DIR NAME=URL [NAME=URL ...]
//
// Options by environment: PLAYWRIGHT_CORE (folder that holds node_modules/playwright-core; else NODE_PATH),
// CHROMIUM (default /usr/bin/chromium), SHOTS (e.g. "phone-light,desktop-dark"; default all four),
// COOKIE (a Cookie header to send), FULL=0 (only the first screen).
// It exits with 1 when a page is wider than its screen, answers with an error or breaks its own policy.

import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [outDir, ...pages] = process.argv.slice(2);
if (!outDir || pages.length === 0) {
  console.error('usage: node screenshots.mjs OUT_DIR NAME=URL [NAME=URL ...]');
  process.exit(64);
}
const folders = [process.env.PLAYWRIGHT_CORE, ...(process.env.NODE_PATH ?? '').split(':'), process.cwd()];
const { chromium } = loadPlaywright(folders.filter(Boolean));

const SCREENS = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  narrow: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 900 } },
};
const shots = (process.env.SHOTS ?? 'phone-light,phone-dark,desktop-light,desktop-dark').split(',');

mkdirSync(outDir, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
let problems = 0;
for (const shot of shots) {
  const [screen, scheme] = shot.split('-');
  const context = await browser.newContext({ ...SCREENS[screen], colorScheme: scheme, locale: 'ja-JP' });
  if (process.env.COOKIE) await context.setExtraHTTPHeaders({ cookie: process.env.COOKIE });
  for (const entry of pages) {
    const [name, ...rest] = entry.split('=');
    await photograph(context, name, rest.join('='), shot);
  }
  await context.close();
}
await browser.close();
process.exit(problems === 0 ? 0 : 1);

async function photograph(context, name, url, shot) {
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complain(name, shot, message.text());
  });
  const reply = await page.goto(url.includes('://') ? url : pathToFileURL(resolve(url)).href);
  if (reply && reply.status() >= 500) complain(name, shot, `answered ${reply.status()}`);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > page.viewportSize().width) complain(name, shot, `is ${width} px wide`);
  await page.screenshot({ path: join(outDir, `${name}.${shot}.png`), fullPage: process.env.FULL !== '0' });
  await page.close();
}

function complain(name, shot, what) {
  problems += 1;
  console.error(`${name} (${shot}): ${what}`);
}

function loadPlaywright(places) {
  for (const place of places) {
    for (const base of [join(place, 'x.js'), join(place, 'node_modules', 'x.js')]) {
      try {
        return createRequire(resolve(base))('playwright-core');
      } catch { /* look in the next folder */ }
    }
  }
  console.error('playwright-core was not found: npm install playwright-core somewhere and name it in PLAYWRIGHT_CORE');
  process.exit(69);
}
