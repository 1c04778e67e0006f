import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';

import { chromium, firefox, webkit } from 'playwright';

export type Engine = 'chromium' | 'firefox' | 'webkit';

export const ENGINE_NAMES: Readonly<Record<Engine, string>> = {
  chromium: 'Chromium',
  firefox: 'Firefox',
  webkit: 'WebKit',
};

/** Where Debian, Fedora, Arch, macOS and Windows install Chromium or Chrome. */
const CHROMIUM_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Debian's headless shell. */
const HEADLESS_SHELL_PATHS = ['/usr/bin/chromium-headless-shell'];

/** Where they install Firefox. Not /usr/bin/firefox: on Ubuntu it starts a snap, which cannot read our temporary profile. */
const FIREFOX_PATHS = [
  '/usr/lib/firefox-esr/firefox-esr',
  '/usr/lib/firefox/firefox',
  '/usr/lib64/firefox/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
];

/** The test browser of WebKitGTK on Debian, then on Fedora. */
const MINI_BROWSER_PATHS = ['/usr/lib/*/webkit2gtk-4.?/MiniBrowser', '/usr/libexec/webkit2gtk-4.?/MiniBrowser'];

/** What Debian needs for an engine. The fonts are for Arabic, which Chromium's package does not bring. */
const DEBIAN_PACKAGES: Readonly<Record<Engine, readonly string[]>> = {
  chromium: ['chromium', 'chromium-headless-shell', 'fonts-noto-core'],
  firefox: ['firefox-esr'],
  webkit: ['webkit2gtk-driver', 'xvfb'],
};

export const HOW_TO_GET_A_BROWSER =
  'No Chromium was found. Install one with `npx playwright install chromium` (or, on Debian, `apt-get install chromium`), ' +
  'or name one in the environment variable CHROMIUM_PATH.';

const HOW_TO_GET_FIREFOX =
  'No Firefox was found. Install one with `npx playwright install firefox` (or, on Debian, `apt-get install firefox-esr`; ' +
  'as root `ENGINES=firefox,webkit npm test` does it), or name one in the environment variable FIREFOX_PATH.';

const HOW_TO_GET_WEBKIT =
  'No WebKit was found. Install one with `npx playwright install webkit` (or, on Debian, ' +
  '`apt-get install webkit2gtk-driver xvfb`), or name the MiniBrowser of WebKitGTK in the environment variable WEBKIT_PATH.';

/** How to start Firefox with Playwright. */
export interface Firefox {
  readonly executablePath: string;
  /** `moz-firefox` for a Firefox as Mozilla publishes it, which Playwright drives by WebDriver BiDi. */
  readonly channel?: 'moz-firefox';
}

/** `playwright`: Playwright's own WebKit. `gtk`: WebKitGTK, which its own WebDriver drives in a virtual screen. */
export type WebKit =
  | { readonly kind: 'playwright'; readonly executablePath: string }
  | { readonly kind: 'gtk'; readonly miniBrowser: string; readonly driver: string; readonly screen: string };

/** An engine that this machine does not have. */
export interface Missing {
  /** What is missing and how to get it. */
  readonly reason: string;
}

/** Looks in CHROMIUM_PATH, then for Playwright's browser, then for the system's. `undefined` when there is none. */
export function findChromium(): string | undefined {
  return configured('CHROMIUM_PATH') ?? [chromium.executablePath(), ...CHROMIUM_PATHS].find((file) => existsSync(file));
}

/**
 * The headless shell where there is one: Chromium's engine without its windows, in which a test takes a third less time.
 * It has no back-forward cache, and treats no origin as secure that is not.
 */
export function ensureHeadlessChromium(): string {
  return configured('CHROMIUM_PATH') ?? HEADLESS_SHELL_PATHS.find((file) => existsSync(file)) ?? ensureChromium();
}

/** Looks in FIREFOX_PATH, then for Playwright's browser, then for the system's. */
export function findFirefox(): Firefox | Missing {
  if (!isAsked('firefox')) return NOT_ASKED;
  const named = configured('FIREFOX_PATH');
  if (!named && existsSync(firefox.executablePath())) return { executablePath: firefox.executablePath() };
  const executablePath = named ?? FIREFOX_PATHS.find((file) => existsSync(file));
  return executablePath ? { executablePath, channel: 'moz-firefox' } : { reason: HOW_TO_GET_FIREFOX };
}

/** Looks in WEBKIT_PATH, then for Playwright's browser, then for the system's WebKitGTK with its driver. */
export function findWebKit(): WebKit | Missing {
  if (!isAsked('webkit')) return NOT_ASKED;
  const named = configured('WEBKIT_PATH');
  if (!named && existsSync(webkit.executablePath())) {
    return { kind: 'playwright', executablePath: webkit.executablePath() };
  }
  const miniBrowser = named ?? globSync(MINI_BROWSER_PATHS).toSorted().at(-1);
  const driver = program('WebKitWebDriver');
  const screen = program('Xvfb');
  if (miniBrowser && driver && screen) return { kind: 'gtk', miniBrowser, driver, screen };
  return { reason: HOW_TO_GET_WEBKIT };
}

/** Installs Chromium when run as root on Debian. Otherwise throws an error that says how to get one. */
export function ensureChromium(): string {
  const found = findChromium();
  if (found) return found;
  if (canInstall()) install(['chromium']);
  const installed = findChromium();
  if (!installed) throw new Error(HOW_TO_GET_A_BROWSER);
  return installed;
}

/**
 * Installs Chromium and the engines that ENGINES names when run as root on Debian, if they are missing. Without a network
 * it installs none.
 */
export function installEngines(): void {
  if (!canInstall()) return;
  const missing: Engine[] = [];
  if (!findChromium()) missing.push('chromium');
  if (isNamed('firefox') && isMissing(findFirefox())) missing.push('firefox');
  if (isNamed('webkit') && isMissing(findWebKit())) missing.push('webkit');
  if (missing.length === 0) return;
  try {
    install(missing);
  } catch (error) {
    console.error(`They cannot be installed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function isMissing(found: Firefox | WebKit | Missing): found is Missing {
  return 'reason' in found;
}

/** ENGINES names the engines to test besides Chromium: `firefox`, `webkit`, both with a comma, or `none`. */
function isNamed(engine: Engine): boolean {
  return (process.env['ENGINES'] ?? '').split(',').includes(engine);
}

/** Without ENGINES every engine of this machine is tested. */
function isAsked(engine: Engine): boolean {
  return !process.env['ENGINES'] || isNamed(engine);
}

const NOT_ASKED: Missing = { reason: 'ENGINES names other engines.' };

function configured(variable: string): string | undefined {
  const file = process.env[variable];
  if (!file) return undefined;
  if (existsSync(file)) return file;
  throw new Error(`${variable} names ${file}, and nothing is there`);
}

function program(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version');
}

function install(engines: readonly Engine[]): void {
  const names = engines.map((engine) => ENGINE_NAMES[engine]).join(', ');
  console.log(`Not found: ${names}. Installing Debian’s packages (about half a minute)`);
  const apt = (...args: string[]) =>
    execFileSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...engines.flatMap((engine) => DEBIAN_PACKAGES[engine]));
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
