import { mkdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openDemoSite } from '../src/demo/demo-site.js';
import { loadFixturePatients } from '../src/demo/fixtures.js';
import { launchBrowser } from '../test/support/browser.js';
import { temporaryFolder } from '../test/support/process.js';

/* Writes the pictures of the README anew, from the page as it was built last: npm run screenshots */

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url));

async function openChart(page: Page, url: string, hash: string): Promise<void> {
  await page.goto(`${url}/#${hash}`);
  await page.locator('.answer[aria-busy="false"] article').first().waitFor();
}

/** The hazardous pair met while it is ordered, and the open cardiac evaluation. */
async function takeCards(page: Page, url: string): Promise<void> {
  await openChart(page, url, 'patient=ed-nitrate-and-pde5&hook=patient-view');
  await page.getByLabel('Orders are being chosen').check();
  await page.locator('.drafts').getByLabel('Nitroglycerin').check();
  await page.getByRole('button', { name: 'Choose these orders' }).click();
  await page.getByRole('button', { name: /^Remove draft/ }).waitFor();
  await page.evaluate('document.activeElement.blur(); scrollTo(0, 0)');
  const cards = page.locator('article');
  const [first, second] = [await cards.nth(0).boundingBox(), await cards.nth(1).boundingBox()];
  if (first === null || second === null) throw new Error('there are no cards');
  const height = second.y + second.height - first.y + 20;
  const clip = { x: first.x - 12, y: first.y - 12, width: first.width + 24, height };
  await page.screenshot({ path: place('images/cards.png'), fullPage: true, clip });
}

async function takePage(page: Page, url: string): Promise<void> {
  await openChart(page, url, 'patient=ed-elevated-troponin&hook=patient-view');
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: place('images/demo-page.png') });
}

async function takeScreenshots(): Promise<void> {
  await mkdir(place('images/'), { recursive: true });
  const patients = await loadFixturePatients(place('../fixtures/fhir-server/'), new Date());
  const pageDirectory = place('../dist/demo-page/');
  const site = await openDemoSite({ port: 0, patients, dataDirectory: temporaryFolder(), pageDirectory });
  const browser = await launchBrowser();
  const size = { width: 1280, height: 1060 };
  const page = await browser.newPage({ viewport: size, colorScheme: 'light', reducedMotion: 'reduce' });
  await takeCards(page, site.url);
  await takePage(page, site.url);
  await browser.close();
  await site.close();
  for (const file of ['images/cards.png', 'images/demo-page.png']) {
    console.log(`docs/${file}: ${String(Math.round((await stat(place(file))).size / 1000))} kB`);
  }
}

await takeScreenshots();
