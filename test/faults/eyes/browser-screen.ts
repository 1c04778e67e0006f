import type { Page } from 'playwright';

import type { Busy, LogEntry, Raw, RawButton } from './in-page.ts';
import {
  buttonFor,
  decimalsIn,
  factsOf,
  numberIn,
  refundableText,
  separatorIn,
  thousandsFor,
  type Facts,
  type ButtonName,
} from './screen.ts';

/** Options of one page. */
export interface ScreenOptions {
  readonly id: string;
  readonly user: string;
  readonly order: number;
  readonly locale: string;
  /** The host page gives the payment to the form. */
  readonly hasHostPayment: boolean;
}

/**
 * How a person chooses an amount: units, the smallest amount that still leaves a vendor without a part, or a text on
 * the screen.
 */
export type AmountChoice = number | 'least' | 'shown' | 'everything' | 'thousands';

/** The amount, typed in the format of this screen. */
function amountOf(choice: AmountChoice, amountText: string): string {
  const separator = separatorIn(amountText);
  if (typeof choice === 'number') return `${choice}${separator}${'5'.padEnd(decimalsIn(amountText), '0')}`;
  if (choice === 'least') return `0${separator}${'2'.padStart(decimalsIn(amountText), '0')}`;
  return choice === 'thousands' ? thousandsFor(amountText) : numberIn(amountText);
}

/** A person opens the list first. */
const uncovered = (buttons: readonly RawButton[]): RawButton[] =>
  buttons.map((button) => ({ ...button, covered: false }));

/** One page with one form. A person works with it by keyboard. */
export class Screen {
  readonly options: ScreenOptions;
  readonly page: Page;
  /** Facts of the last drawing. */
  facts: Facts | undefined;
  isDetached = false;
  isHidden = false;

  constructor(page: Page, options: ScreenOptions) {
    this.page = page;
    this.options = options;
  }

  get id(): string {
    return this.options.id;
  }

  get at(): string {
    return this.isDetached ? 'detached' : (this.facts?.at ?? 'nothing');
  }

  can(name: ButtonName): boolean {
    return !this.isDetached && this.facts !== undefined && buttonFor(this.facts.raw.buttons, name) !== undefined;
  }

  /** Whether the list of the payment's refunds has such a button. */
  canListed(name: ButtonName): boolean {
    const buttons = this.isDetached ? [] : (this.facts?.raw.listedButtons ?? []);
    return buttons.length > 0 && buttonFor(uncovered(buttons), name) !== undefined;
  }

  busy(): Promise<Busy> {
    return this.page.evaluate(() => window.eyes.busy());
  }

  take(): Promise<LogEntry[]> {
    return this.page.evaluate(() => window.eyes.take());
  }

  async read(): Promise<Raw | undefined> {
    const raw = await this.page.evaluate(() => window.eyes.read());
    this.facts = raw && factsOf(raw);
    return raw;
  }

  /** Presses a button by keyboard, if it is still there. */
  async press(name: ButtonName): Promise<boolean> {
    const raw = await this.read();
    const button = raw && buttonFor(raw.buttons, name);
    if (!button) return false;
    await this.#enter(button.text, false);
    return true;
  }

  /** Presses the first such button in the list of the payment's refunds, and opens the list before. */
  async pressListed(name: ButtonName): Promise<boolean> {
    const raw = await this.read();
    const button = raw && buttonFor(uncovered(raw.listedButtons), name);
    if (!button) return false;
    await this.#enter(button.text, true);
    return true;
  }

  /**
   * Says what became of a request whose outcome nobody knows. `outcome` undefined: nobody keeps a record of it, so the
   * person only lets the form forget it. A cancel has no `refundId`.
   */
  async state(
    outcome: { readonly outcome: string; readonly refundId: string | undefined; readonly words: string } | undefined,
  ) {
    await this.page.evaluate((said) => {
      const root = window.host.form.shadowRoot!;
      const sure = root.querySelector<HTMLInputElement>('input[name=sure]')!;
      const details = sure.closest('details')!;
      details.open = true;
      details.dataset['opened'] = '';
      for (const box of details.querySelectorAll<HTMLInputElement>('input[type=checkbox]'))
        if (!box.checked) box.click();
      const fill = (selector: string, text: string) => {
        const control = details.querySelector<HTMLInputElement>(selector)!;
        control.value = text;
        control.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
      };
      if (!said) return;
      fill('#outcome', said.outcome);
      if (said.refundId !== undefined) fill('#number', said.refundId);
      fill('#words', said.words);
    }, outcome);
    const raw = await this.read();
    const button = raw && buttonFor(uncovered(raw.buttons), outcome ? 'record' : 'unlock');
    if (button) await this.#enter(button.text, false);
  }

  async #enter(text: string, isListed: boolean): Promise<void> {
    await this.page.evaluate(
      ([text, isListed]) => {
        const root = window.host.form.shadowRoot;
        for (const list of root?.querySelectorAll<HTMLDetailsElement>('.history') ?? []) list.open ||= isListed;
        const buttons = [...(root?.querySelectorAll('button') ?? [])];
        buttons
          .filter((one) => (one.closest('.history') !== null) === isListed)
          .find((one) => one.textContent.replaceAll(/\s+/g, ' ').trim() === text)
          ?.focus();
      },
      [text, isListed] as const,
    );
    await this.page.keyboard.press('Enter');
  }

  /** Fills in the form as a person would, with the decimal separator that this screen shows. */
  async fill(choice: AmountChoice, note: string, reference: string): Promise<void> {
    const { raw } = this.facts!;
    const refundable = refundableText(raw);
    const amount = amountOf(choice, refundable);
    await this.page.evaluate(
      ([full, reference]) => {
        const { form } = window.host;
        form.setAttribute('reference', reference);
        const root = form.shadowRoot!;
        const radios = [...root.querySelectorAll<HTMLInputElement>('input[type=radio]')];
        radios[full ? 0 : 1]?.click();
        const reason = root.querySelector<HTMLSelectElement>('select')!;
        reason.value = reason.options[2]!.value;
        reason.dispatchEvent(new Event('change', { bubbles: true }));
      },
      [choice === 'everything', reference] as const,
    );
    await this.busy();
    if (choice !== 'everything') await this.type('#amount', amount);
    await this.type('#note', note);
    await this.read();
  }

  async type(selector: string, text: string): Promise<void> {
    await this.page.evaluate((selector) => {
      const field = window.host.form.shadowRoot?.querySelector<HTMLInputElement>(selector);
      field?.focus();
      field?.select();
    }, selector);
    if (text === '') await this.page.keyboard.press('Delete');
    else await this.page.keyboard.insertText(text);
  }

  /** Moves the form within the host page. */
  move(how: string): Promise<void> {
    return this.page.evaluate((how) => window.host.move(how), how);
  }

  async detach(): Promise<void> {
    this.isDetached = true;
    await this.page.evaluate(() => window.host.detach());
  }

  async attach(): Promise<void> {
    this.isDetached = false;
    await this.page.evaluate(() => window.host.attach());
  }

  refetch(): Promise<void> {
    return this.page.evaluate(() => window.host.refetch());
  }

  async hide(hidden: boolean): Promise<void> {
    this.isHidden = hidden;
    await this.page.evaluate((hidden) => window.host.hide(hidden), hidden);
  }
}
