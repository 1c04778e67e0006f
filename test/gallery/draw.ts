import { fileURLToPath } from 'node:url';

import { chromium, type Browser, type BrowserContextOptions } from 'playwright';
import { build, preview } from 'vite';

import { CHROMIUM_ARGS, ensureChromium } from '../runner/browser.ts';
import { ownPort } from '../runner/ports.ts';

export const LOCALES = ['en', 'ar-KW', 'zh-CN'] as const;
export const WIDTHS = [320, 400, 560] as const;
export const THEMES: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  forced: { colorScheme: 'light', forcedColors: 'active' },
};

/** How one page is drawn. */
export interface Look {
  readonly locale: string;
  readonly theme: string;
  /** Of the form, in CSS pixels. */
  readonly width: number;
}

export interface Picture extends Look {
  readonly scene: string;
  readonly png: Buffer;
}

export const LOOKS: readonly Look[] = Object.keys(THEMES).flatMap((theme) =>
  LOCALES.flatMap((locale) => WIDTHS.map((width) => ({ theme, locale, width }))),
);

export interface Gallery {
  readonly pictures: readonly Picture[];
  /** The widths of sample texts. They differ where other fonts are installed. */
  readonly fonts: string;
}

const HOST = '127.0.0.1';

/** Draws every scene in Chromium in each of these looks. `folder` receives the page. */
export async function draw(folder: string, looks: readonly Look[], progress: (text: string) => void): Promise<Gallery> {
  const root = fileURLToPath(new URL('.', import.meta.url));
  const page = {
    configFile: false,
    root,
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true, target: 'es2023', rolldownOptions: { input: `${root}stage.html` } },
  } as const;
  await build(page);
  const port = await ownPort();
  const server = await preview({ ...page, preview: { host: HOST, port, strictPort: true } });
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...CHROMIUM_ARGS, '--font-render-hinting=none', '--disable-lcd-text'],
  });
  const pictures: Picture[] = [];
  let fonts = '';
  try {
    for (const look of looks) {
      const drawn = await drawAll(browser, `http://${HOST}:${port}/stage.html`, look);
      pictures.push(...drawn.pictures);
      fonts = drawn.fonts;
      progress(`${look.theme}, ${look.locale}, ${look.width} px: ${drawn.pictures.length} pictures`);
    }
  } finally {
    await browser.close();
    await server.close();
  }
  return { pictures, fonts };
}

async function drawAll(browser: Browser, url: string, look: Look): Promise<Gallery> {
  const { locale, theme, width } = look;
  const context = await browser.newContext({
    ...THEMES[theme],
    locale: 'en-GB',
    timezoneId: 'Asia/Kuwait',
    reducedMotion: 'reduce',
    viewport: { width: 4 * (width + 32), height: 800 },
  });
  try {
    const page = await context.newPage();
    const errors: Error[] = [];
    page.on('pageerror', (error) => errors.push(error));
    await page.goto(`${url}?locale=${locale}&width=${width}`);
    await page
      .waitForFunction(() => document.title === 'ready', undefined, { timeout: 60_000 })
      .catch(() => {
        throw errors[0] ?? new Error('the gallery’s page is not ready after a minute');
      });
    if (errors.length > 0) throw errors[0];
    const { cells, height, fonts } = await page.evaluate(() => {
      const cells = Array.from(document.querySelectorAll<HTMLElement>('[data-scene]'), (cell) => {
        const { x, y, width, height } = cell.getBoundingClientRect();
        return { scene: cell.dataset['scene']!, clip: { x, y, width, height: Math.ceil(height) } };
      });
      const text = document.createElement('canvas').getContext('2d')!;
      text.font = '100px system-ui';
      const samples = ['Refund 0123456789', 'استرداد', '退款'].map((sample) => text.measureText(sample).width);
      return { cells, height: document.documentElement.scrollHeight, fonts: samples.join(' ') };
    });
    // A picture is quick where the page need not scroll.
    await page.setViewportSize({ width: 4 * (width + 32), height });
    const pictures: Picture[] = [];
    for (const { scene, clip } of cells) {
      pictures.push({ ...look, scene, png: await page.screenshot({ clip, animations: 'disabled' }) });
    }
    return { pictures, fonts };
  } finally {
    await context.close();
  }
}
