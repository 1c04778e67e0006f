import type { Browser, BrowserContext, Page } from 'playwright';

import { START } from '../support/testbed.ts';
import { readForm, recordPage } from './in-page.ts';

/**
 * How many schedules the browser of one person serves. After that its clock, which remembers every move, is too slow.
 */
const SCHEDULES = 20;

interface UserBrowser {
  readonly context: BrowserContext;
  readonly pages: Page[];
  schedules: number;
}

/** The browsers of the people, each with its own context. They are used again, because a new context takes a second. */
export class Browsers {
  readonly #browser: Browser;
  readonly #url: string;
  readonly #userBrowsers = new Map<string, UserBrowser>();

  constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#url = url;
  }

  /** A browser with empty storage and that many empty tabs. */
  async of(user: string, tabs: number): Promise<{ readonly context: BrowserContext; readonly pages: readonly Page[] }> {
    const userBrowser = this.#userBrowsers.get(user) ?? (await this.#open(user));
    userBrowser.schedules += 1;
    while (userBrowser.pages.length < tabs) userBrowser.pages.push(await userBrowser.context.newPage());
    await Promise.all(userBrowser.pages.map((page) => page.goto(`${this.#url}/empty`)));
    // What a tab keeps of its own refunds has ids that the next shop gives again.
    await Promise.all(
      userBrowser.pages.map((page) =>
        page.evaluate(() => {
          localStorage.clear();
          sessionStorage.clear();
        }),
      ),
    );
    return { context: userBrowser.context, pages: userBrowser.pages.slice(0, tabs) };
  }

  /** Called after a schedule. Closes every browser that may still hold something of it. */
  async giveBack(isClean: boolean): Promise<void> {
    for (const [user, { context, pages, schedules }] of this.#userBrowsers) {
      for (const page of pages) page.removeAllListeners();
      if (isClean && schedules < SCHEDULES) {
        await context.setOffline(false);
        continue;
      }
      this.#userBrowsers.delete(user);
      await context.close();
    }
  }

  async #open(user: string): Promise<UserBrowser> {
    const context = await this.#browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Asia/Kuwait',
      // The certificate of the front is signed by nobody.
      ignoreHTTPSErrors: true,
    });
    await context.addCookies([{ name: 'user', value: user, url: this.#url }]);
    await context.addInitScript(`(${recordPage.toString()})(${readForm.toString()})`);
    await context.clock.install({ time: START });
    await context.clock.pauseAt(START + 1);
    const userBrowser = { context, pages: [], schedules: 0 };
    this.#userBrowsers.set(user, userBrowser);
    return userBrowser;
  }
}
