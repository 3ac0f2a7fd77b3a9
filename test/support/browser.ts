import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { temporaryFolder } from './process.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

function findChromium(): string | undefined {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  const installed = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env['CHROMIUM_PATH'] ?? '', ...installed].find((path) => path !== '' && existsSync(path));
}

const executablePath = findChromium();

/** Whether tests in a browser can run; where they cannot, one line says so. */
export const hasBrowser = executablePath !== undefined;

if (!hasBrowser) {
  process.stderr.write('Tests in a browser are skipped: no CHROMIUM_PATH, no chromium found.\n');
}

/** A headless Chromium. Root has no sandbox. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

/** Builds the demonstration page into a folder of its own, which it returns. */
export function buildPage(): string {
  const folder = temporaryFolder();
  const config = join(ROOT, 'src/demo-page/vite.config.js');
  execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--config', config, '--outDir', folder], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return folder;
}

/** What a page did that it must not do: errors, and requests that leave its origin. */
export interface Watch {
  readonly errors: readonly string[];
  readonly strangers: readonly string[];
}

/** An answer that is no success is written to the console by the browser itself. */
const REFUSAL = /^Failed to load resource/;

export function watchPage(page: Page, origin: string): Watch {
  const errors: string[] = [];
  const strangers: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !REFUSAL.test(message.text())) errors.push(message.text());
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'blob:') strangers.push(request.url());
  });
  return { errors, strangers };
}

const AXE = readFileSync(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** The serious and critical findings of axe. Evaluated, since a strict policy lets no script tag in. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate<readonly Violation[]>('axe.run().then(({ violations }) => violations)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
