import type { ElementHandle, Page } from '@playwright/test';
import type { WebDriver, WebElement } from 'selenium-webdriver';

import type { Driver } from './admin-page.ts';

export function playwrightDriver(page: Page): Driver {
  const find = async (element: string) => (await page.evaluateHandle(element)) as ElementHandle<HTMLElement>;
  return {
    goto: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    evaluate: (expression) => page.evaluate(expression),
    click: async (element) => (await find(element)).click(),
    type: async (element, text) => (await find(element)).fill(text),
    select: async (element, label) => void (await (await find(element)).selectOption({ label })),
  };
}

export function seleniumDriver(browser: WebDriver): Driver {
  const find = (element: string) => browser.executeScript<WebElement>(`return ${element}`);
  return {
    goto: (url) => browser.get(url),
    reload: () => browser.navigate().refresh(),
    evaluate: (expression) => browser.executeScript(`return ${expression}`),
    // With the pointer, because WebKitGTK's driver finds every element of a shadow tree covered by its host.
    async click(element) {
      const [x, y] = await browser.executeScript<[number, number]>(`
        const found = ${element};
        found.scrollIntoView({ block: 'center' });
        const { left, top, width, height } = found.getBoundingClientRect();
        return [Math.round(left + width / 2), Math.round(top + height / 2)]`);
      await browser.actions().move({ x, y, duration: 0 }).click().perform();
    },
    async type(element, text) {
      const field = await find(element);
      await field.clear();
      await field.sendKeys(text);
    },
    // The typed words choose the option. WebKitGTK's driver cannot click an option in a shadow tree.
    select: async (element, option) => (await find(element)).sendKeys(option),
  };
}
