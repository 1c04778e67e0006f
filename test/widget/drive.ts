import { fixture, html } from '@open-wc/testing';
import { waitUntil } from './support/wait-until.ts';

// Registers the element. In the group `built`, the test runner replaces this module by the built file.
import '../../widget/define.ts';
import type { RefundFormElement } from '../../widget/element/element.ts';
import type { FakeEnvironment } from './fake-environment.ts';

/** Reads and uses the form as an admin does: by its headings, texts, fields and buttons. */
export interface FormDriver {
  readonly form: RefundFormElement;
  /** The events that the form sent, with their details. */
  readonly events: { readonly name: string; readonly detail: Record<string, unknown> }[];
  readonly text: () => string;
  readonly heading: () => string;
  /** Waits until the heading contains this text. */
  readonly waitForHeading: (heading: string | RegExp) => Promise<void>;
  /** Waits until the form contains this text. */
  readonly waitForText: (text: string | RegExp) => Promise<void>;
  readonly field: (id: string) => HTMLInputElement;
  readonly type: (id: string, text: string) => void;
  readonly choose: (reason: string) => void;
  readonly button: (name: string | RegExp) => HTMLButtonElement;
  readonly buttons: () => string[];
  readonly press: (name: string | RegExp) => Promise<void>;
  /** Fills in the amount (12.500 by default) and the reason “Returned goods”, and opens the review. */
  readonly review: (amount?: string) => Promise<void>;
  /** The same as `review`, and then sends the refund. */
  readonly send: (amount?: string) => Promise<void>;
}

export interface DriveOptions {
  readonly provider?: 'uqpay' | 'upayments';
  readonly paymentId?: string;
  readonly set?: (form: RefundFormElement) => void;
}

const EVENTS = [
  'submit',
  'accepted',
  'settled',
  'cancelled',
  'unknown',
  'refused',
  'approval',
  'declined',
  'unauthenticated',
].map((name) => `refund-form-${name}`);

/** The page that each tab shows, by the storage of the tab. */
const pageOf = new WeakMap<FakeEnvironment['tabMemory'], { environment: FakeEnvironment; forms: HTMLElement[] }>();

/** Another environment with the storage of the same tab is the page after a reload: of the page before, nothing is left. */
function inPage(environment: FakeEnvironment, form: HTMLElement): void {
  const page = pageOf.get(environment.tabMemory);
  const stays = page?.environment === environment;
  if (!stays) for (const before of page?.forms ?? []) before.remove();
  pageOf.set(environment.tabMemory, { environment, forms: [...(stays ? page.forms : []), form] });
}

export async function drive(environment: FakeEnvironment, options: DriveOptions = {}): Promise<FormDriver> {
  const { provider = 'uqpay', paymentId = 'PI1', set } = options;
  const events: FormDriver['events'] = [];
  const parent = await fixture<HTMLDivElement>(html`<div></div>`);
  for (const name of EVENTS) {
    parent.addEventListener(name, (event) =>
      events.push({ name, detail: (event as CustomEvent<Record<string, unknown>>).detail }),
    );
  }
  const form = document.createElement('refund-form');
  Object.assign(form, { environment, provider, paymentId, endpoint: '/refunds', locale: 'en' });
  set?.(form);
  inPage(environment, form);
  parent.append(form);
  await form.updateComplete;
  return driverOf(form, events);
}

export function driverOf(form: RefundFormElement, events: FormDriver['events'] = []): FormDriver {
  const root = () => form.shadowRoot!;
  const collapseSpaces = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();
  const text = () => collapseSpaces(root().querySelector('section')?.textContent);
  const heading = () => collapseSpaces(root().querySelector('h2')?.textContent);
  const matches = (value: string, pattern: string | RegExp) =>
    typeof pattern === 'string' ? value.includes(pattern) : pattern.test(value);
  const allButtons = () => [...root().querySelectorAll('button')];
  // A button with an icon alone has no text.
  const nameOf = (button: HTMLButtonElement) =>
    collapseSpaces(button.textContent) || (button.getAttribute('aria-label') ?? '');
  const find = (name: string | RegExp) => allButtons().find((button) => matches(nameOf(button), name));
  const field = (id: string) => root().querySelector<HTMLInputElement>(`#${id}`)!;
  const driver: FormDriver = {
    form,
    events,
    text,
    heading,
    waitForHeading: (pattern) =>
      waitUntil(
        () => matches(heading(), pattern),
        () => `expected the heading ${pattern}, it is ${heading()}`,
      ),
    waitForText: (pattern) =>
      waitUntil(
        () => matches(text(), pattern),
        () => `expected ${pattern} in: ${text()}`,
      ),
    field,
    type(id, value) {
      field(id).value = value;
      field(id).dispatchEvent(new InputEvent('input', { bubbles: true }));
    },
    choose(reason) {
      field('reason').value = reason;
      field('reason').dispatchEvent(new Event('change', { bubbles: true }));
    },
    button(name) {
      const button = find(name);
      if (!button) throw new Error(`No button ${String(name)} among ${driver.buttons().join(', ')}`);
      return button;
    },
    buttons: () => allButtons().map(nameOf),
    async press(name) {
      // What a button offers may depend on a read that is under way.
      await waitUntil(
        () => !!find(name),
        () => `no button ${String(name)} among ${driver.buttons().join(', ')}`,
      );
      driver.button(name).click();
      await form.updateComplete;
    },
    async review(amount = '12.500') {
      await waitUntil(() => field('amount') !== null, 'expected the form');
      driver.type('amount', amount);
      driver.choose('Returned goods');
      await form.updateComplete;
      await driver.press('Review refund');
    },
    async send(amount) {
      await driver.review(amount);
      await driver.press(/^Refund /);
    },
  };
  return driver;
}
