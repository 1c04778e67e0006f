import type { ElementHandle, Page } from '@playwright/test';
import { By, type WebDriver, type WebElement } from 'selenium-webdriver';

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
    async click(element) {
      const control = await find(element);
      // WebKit's driver scrolls the window, and not the part of the page that the control is in.
      await browser.executeScript('arguments[0].scrollIntoView({ block: "center" })', control);
      await control.click();
    },
    async type(element, text) {
      const field = await find(element);
      await field.clear();
      await field.sendKeys(text);
    },
    async select(element, label) {
      const options = await (await find(element)).findElements(By.css('option'));
      for (const option of options) if ((await option.getText()) === label) await option.click();
    },
  };
}
