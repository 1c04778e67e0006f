import { expect } from '@playwright/test';

/** What the flows need from a browser, so that each flow is written once for every engine. */
export interface Driver {
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** @param expression JavaScript whose value in the page is JSON */
  evaluate(expression: string): Promise<unknown>;
  /** Acts as a person does on the element that is the value of the expression. */
  click(element: string): Promise<void>;
  type(element: string, text: string): Promise<void>;
  select(element: string, option: string): Promise<void>;
}

const ROOT = "document.querySelector('refund-form')?.shadowRoot";

const quote = (value: string) => JSON.stringify(value);
/** The text of the first element for this selector, with single spaces. */
const textOf = (root: string, selector: string) =>
  `${root}?.querySelector(${quote(selector)})?.textContent.replace(/\\s+/g, ' ').trim()`;
const fieldOf = (id: string) => `${ROOT}?.getElementById(${quote(id)})`;
/** The button or choice whose text begins with this. */
const controlOf = (name: string) =>
  `[...${ROOT}?.querySelectorAll('button, label') ?? []].find((one) => one.textContent.replace(/\\s+/g, ' ').trim().startsWith(${quote(name)}))`;

/** The console's page of one order with its refund form, by texts and ids. */
export class AdminPage {
  readonly #driver: Driver;
  readonly #url: string;

  constructor(driver: Driver, url: string) {
    this.#driver = driver;
    this.#url = url;
  }

  async open(order: string): Promise<void> {
    await this.#driver.goto(`${this.#url}#/orders/${order}`);
    await this.#until(textOf('document', 'h1'), order);
    await this.#untilPresent(fieldOf('amount'));
  }

  async reload(): Promise<void> {
    await this.#driver.reload();
  }

  /** Runs a built language file in the page, and sets the form's locale. */
  async setLanguage(script: string, locale: string): Promise<void> {
    await this.#driver.evaluate(`(() => { ${script} })()`);
    await this.#driver.evaluate(`document.querySelector('refund-form').setAttribute('locale', ${quote(locale)})`);
  }

  async type(id: string, text: string): Promise<void> {
    await this.#untilPresent(fieldOf(id));
    await this.#driver.type(fieldOf(id), text);
  }

  async select(id: string, option: string): Promise<void> {
    await this.#driver.select(fieldOf(id), option);
  }

  /** Clicks the button or choice whose text begins with this. */
  async press(name: string): Promise<void> {
    await this.#untilPresent(controlOf(name));
    await this.#driver.click(controlOf(name));
  }

  /** Presses a button unless a live status update has already removed it. */
  async pressIfThere(name: string): Promise<void> {
    await this.#driver.evaluate(`${controlOf(name)}?.click()`);
  }

  async expectHeading(heading: string): Promise<void> {
    await this.#until(textOf(ROOT, 'h2'), heading);
  }

  async expectText(part: string): Promise<void> {
    const text = () => this.#driver.evaluate(textOf(ROOT, 'section'));
    await expect.poll(text).toContain(part);
  }

  async expectValue(id: string, value: string): Promise<void> {
    await this.#until(`${fieldOf(id)}?.value`, value);
  }

  async expectDirection(direction: 'ltr' | 'rtl'): Promise<void> {
    await this.#until(`getComputedStyle(${ROOT}.querySelector('section')).direction`, direction);
  }

  async #untilPresent(element: string): Promise<void> {
    await this.#until(`Boolean(${element})`, true);
  }

  async #until(expression: string, value: unknown): Promise<void> {
    await expect.poll(() => this.#driver.evaluate(expression), { message: expression }).toBe(value);
  }
}
