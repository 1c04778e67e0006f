import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

import { chromium } from 'playwright';

/** Paths of Chromium or Chrome on Debian, Fedora, Arch, macOS and Windows. */
const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

export const HOW_TO_GET_A_BROWSER =
  'No Chromium was found. Install one with `npx playwright install chromium` (or, on Debian, `apt-get install chromium`), ' +
  'or name one in the environment variable CHROMIUM_PATH.';

/** Looks in CHROMIUM_PATH, then for Playwright's browser, then for the system's. `undefined` when there is none. */
export function findChromium(): string | undefined {
  const configured = process.env['CHROMIUM_PATH'];
  if (configured) {
    if (existsSync(configured)) return configured;
    throw new Error(`CHROMIUM_PATH names ${configured}, and nothing is there`);
  }
  return [chromium.executablePath(), ...SYSTEM].find((path) => existsSync(path));
}

/** Installs Chromium when run as root on Debian. Otherwise throws an error that says how to get one. */
export function ensureChromium(): string {
  const browser = findChromium();
  if (browser) return browser;
  const root = process.getuid?.() === 0;
  if (!root || !existsSync('/etc/debian_version')) throw new Error(HOW_TO_GET_A_BROWSER);
  console.log('No browser found: installing Debian’s chromium (about half a minute)');
  const apt = (...args: string[]) =>
    execFileSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-core');
  const installed = findChromium();
  if (!installed) throw new Error(HOW_TO_GET_A_BROWSER);
  return installed;
}

/** Flags that prevent network traffic and allow a run as root in a container. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
