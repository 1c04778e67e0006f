import { fixture, html, waitUntil } from '@open-wc/testing';

// Registers the element. In the group `built` of the test runner this is the built file.
import '../../widget/define.ts';
import type { RefundFormElement } from '../../widget/element/element.ts';
import type { FarSide } from './far-side.ts';

/** The form as an admin sees it: labels, buttons, headings, words. */
export interface Driven {
  readonly form: RefundFormElement;
  /** Names of the events that the form sent, with their details. */
  readonly told: { readonly name: string; readonly detail: Record<string, unknown> }[];
  readonly text: () => string;
  readonly heading: () => string;
  /** Waits until the heading of the state says this. */
  readonly at: (heading: string | RegExp) => Promise<void>;
  readonly shows: (text: string | RegExp) => Promise<void>;
  readonly field: (id: string) => HTMLInputElement;
  readonly type: (id: string, text: string) => void;
  readonly choose: (reason: string) => void;
  readonly button: (name: string | RegExp) => HTMLButtonElement;
  readonly buttons: () => string[];
  readonly press: (name: string | RegExp) => Promise<void>;
  /** Fills in 12.500 of returned goods and goes to the review. */
  readonly review: (amount?: string) => Promise<void>;
  /** The same, and sends it. */
  readonly send: (amount?: string) => Promise<void>;
}

export interface DriveOptions {
  readonly provider?: 'uqpay' | 'upayments';
  readonly paymentId?: string;
  readonly set?: (form: RefundFormElement) => void;
}

const EVENTS = ['submit', 'accepted', 'settled', 'cancelled', 'unknown', 'refused', 'approval', 'unauthenticated'].map(
  (name) => `refund-form-${name}`,
);

export async function drive(environment: FarSide, options: DriveOptions = {}): Promise<Driven> {
  const { provider = 'uqpay', paymentId = 'PI1', set } = options;
  const told: Driven['told'] = [];
  const parent = await fixture<HTMLDivElement>(html`<div></div>`);
  for (const name of EVENTS) {
    parent.addEventListener(name, (event) =>
      told.push({ name, detail: (event as CustomEvent<Record<string, unknown>>).detail }),
    );
  }
  const form = document.createElement('refund-form');
  Object.assign(form, { environment, provider, paymentId, endpoint: '/refunds', locale: 'en' });
  set?.(form);
  parent.append(form);
  await form.updateComplete;
  return driven(form, told);
}

export function driven(form: RefundFormElement, told: Driven['told'] = []): Driven {
  const root = () => form.shadowRoot!;
  const squash = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();
  const text = () => squash(root().querySelector('section')?.textContent);
  const heading = () => squash(root().querySelector('h2')?.textContent);
  const matches = (said: string, wanted: string | RegExp) =>
    typeof wanted === 'string' ? said.includes(wanted) : wanted.test(said);
  const all = () => [...root().querySelectorAll('button')];
  const find = (name: string | RegExp) => all().find((button) => matches(squash(button.textContent), name));
  const field = (id: string) => root().querySelector<HTMLInputElement>(`#${id}`)!;
  const self: Driven = {
    form,
    told,
    text,
    heading,
    at: (wanted) => waitUntil(() => matches(heading(), wanted), `expected the heading ${wanted}, it is ${heading()}`),
    shows: (wanted) => waitUntil(() => matches(text(), wanted), `expected ${wanted} in: ${text()}`),
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
      const found = find(name);
      if (!found) throw new Error(`No button ${String(name)} among ${self.buttons().join(', ')}`);
      return found;
    },
    buttons: () => all().map((button) => squash(button.textContent)),
    async press(name) {
      self.button(name).click();
      await form.updateComplete;
    },
    async review(amount = '12.500') {
      await waitUntil(() => field('amount') !== null, 'expected the form');
      self.type('amount', amount);
      self.choose('Returned goods');
      await form.updateComplete;
      await self.press('Review refund');
    },
    async send(amount) {
      await self.review(amount);
      await self.press(/^Refund /);
    },
  };
  return self;
}
