import { expect } from '@open-wc/testing';

import type { PaymentRefund } from '../../contract/payment.ts';
import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, problemOf, SUMMARY, type FakeEnvironment } from './fake-environment.ts';
import { say } from './support/settlement.ts';
import { waitUntil } from './support/wait-until.ts';

const PAYMENT = 'GET /payments/*';
const root = ({ form }: FormDriver) => form.shadowRoot!;

const lost = (number: number, more: Partial<PaymentRefund> = {}): PaymentRefund => ({
  idempotency_key: `key-${number}`,
  intent_id: `i${number}`,
  state: 'unknown',
  amount: `${number}.000`,
  status: '',
  standing: 'unknown',
  requested_by: 'basma',
  ...more,
});
const payment = (refunds: readonly PaymentRefund[], permission: object = { resolve: true }, more: object = {}) => ({
  ...SUMMARY,
  permission: { user: 'amal', ...permission },
  refunds,
  ...more,
});

/** Opens the payment in a browser that has sent none of its refunds. */
async function open(summary: unknown) {
  const environment = fakeEnvironment({ summary });
  const ui = await drive(environment);
  await ui.waitForText('Do not refund it again');
  return { environment, ui };
}

const isOffered = (ui: FormDriver) => ui.buttons().includes('Record this');

/** The refund service records that nothing was refunded, and lists it so from then on. */
function recordNothing(environment: FakeEnvironment): void {
  environment.on('POST /intents/i5/resolve', () => {
    const ended = { standing: 'failed', ended: 'nothing', status: 'nothing', state: 'failed' } as const;
    environment.on(PAYMENT, { json: payment([lost(5, ended)], { resolve: true }, { refundable: '80.000' }) });
    return { json: { id: 'i5', state: 'failed' } };
  });
}

describe('an unknown refund that another browser has sent', () => {
  it('is settled by a person who may, and what is typed for the next refund stays', async () => {
    const { environment, ui } = await open(payment([lost(5)]));
    ui.type('amount', '7.500');
    ui.choose('Returned goods');
    recordNothing(environment);
    await say(ui, 'nothing', 'UQPAY has no such refund');
    await ui.waitForText('80.000');
    await waitUntil(() => !isOffered(ui));
    expect(environment.writes().map(({ body }) => body)).to.deep.equal([
      { outcome: 'nothing', reason: 'UQPAY has no such refund' },
    ]);
    expect(environment.writes()[0]!.headers.get('idempotency-key')).to.equal('key-5');
    expect(ui.field('amount').value).to.equal('7.500');
    expect(ui.text()).not.to.contain('was not recorded').and.not.to.contain('Do not refund it again');
    expect(root(ui).activeElement?.id).to.equal('heading');
    expect(environment.memory.size).to.equal(0);
  });

  it('keeps what was typed about it while another refund is reviewed', async () => {
    const { ui } = await open(payment([lost(5)]));
    ui.type('amount', '7.500');
    ui.choose('Returned goods');
    root(ui).querySelector('details')!.open = true;
    const words = root(ui).querySelector<HTMLTextAreaElement>('#words')!;
    words.value = 'Asked UQPAY on the phone';
    words.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    await ui.press('Review refund');
    await ui.waitForText('Check the refund');
    expect(words.checkVisibility()).to.equal(false);
    ui.form.focus();
    expect(root(ui).activeElement?.id).to.equal('heading');
    await ui.press('Change');
    await ui.waitForText('Review refund');
    expect(root(ui).querySelector<HTMLTextAreaElement>('#words')!.value).to.equal('Asked UQPAY on the phone');
    expect(root(ui).querySelector('#words')!.checkVisibility()).to.equal(true);
  });

  it('is settled one after the other, and nothing that was said of one is said of the next', async () => {
    const { environment, ui } = await open(payment([lost(5), lost(6)]));
    const asked = () =>
      root(ui).querySelector('#outcome')?.closest('details')?.previousElementSibling?.textContent?.replace(/\s+/g, ' ');
    expect(asked()).to.contain('KWD 5.000');
    environment.on('POST /intents/i5/resolve', () => {
      const made = { standing: 'succeeded', status: 'refunded', state: 'succeeded' } as const;
      environment.on(PAYMENT, { json: payment([lost(5, made), lost(6)]) });
      return { json: { id: 'i5', state: 'succeeded' } };
    });
    await say(ui, 'refunded', 'Seen at UQPAY');
    await waitUntil(
      () => asked()?.includes('KWD 6.000'),
      () => `expected the second one in: ${ui.text()}`,
    );
    expect([ui.field('outcome').value, ui.field('words').value]).to.deep.equal(['', '']);
    expect(ui.text()).not.to.contain('was not recorded');
  });

  /** Writes about the refund that is asked about, without recording it. */
  const write = (ui: FormDriver) => {
    root(ui).querySelector('details')!.open = true;
    root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked = true;
    for (const [id, text] of Object.entries({ outcome: 'nothing', number: 'RF5', words: 'UQPAY has no such refund' })) {
      ui.field(id).value = text;
      ui.field(id).dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    }
  };
  const written = (ui: FormDriver) => ['outcome', 'number', 'words'].map((id) => ui.field(id).value);
  const waits = lost(2, {
    standing: 'awaiting_approval',
    state: 'awaiting_approval',
    approval: { asked_by: 'basma', asked_at: '2026-11-21T08:30:00Z' },
  });

  it('takes nothing over that was written of another one, whose place in the list it gets', async () => {
    const { environment, ui } = await open(payment([waits, lost(5), lost(6)]));
    write(ui);
    const ended = { standing: 'failed', ended: 'nothing', status: 'nothing', state: 'failed' } as const;
    environment.on(PAYMENT, { json: payment([lost(5, ended), lost(6), { ...waits, ...ended, ended: 'declined' }]) });
    await ui.form.refresh();
    expect(written(ui)).to.deep.equal(['', '', '']);
    expect(root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked).to.equal(false);
    expect(root(ui).querySelector('details')!.open).to.equal(false);
  });

  it('keeps what was written about it when the list is in another order, and after a look at a request that waits', async () => {
    const { environment, ui } = await open(payment([waits, lost(5)], { resolve: true, approve: true }));
    write(ui);
    const box = ui.field('words');
    environment.on(PAYMENT, { json: payment([lost(5), waits], { resolve: true, approve: true }) });
    await ui.form.refresh();
    expect(ui.field('words')).to.equal(box);
    expect(written(ui)).to.deep.equal(['nothing', 'RF5', 'UQPAY has no such refund']);
    await ui.press('Decide about KWD 2.000');
    await ui.press('Decline');
    ui.type('words', 'Ask the shop first');
    await ui.press('Back');
    await ui.press('Back');
    await ui.waitForText('Do not refund it again');
    expect(written(ui)).to.deep.equal(['nothing', 'RF5', 'UQPAY has no such refund']);
    expect(root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked).to.equal(false);
    await ui.press('Decide about KWD 2.000');
    await ui.press('Decline');
    expect(ui.field('words').value).to.equal('Ask the shop first');
  });

  it('takes nothing over from somebody else who has signed in since', async () => {
    const { environment, ui } = await open(payment([lost(5)]));
    write(ui);
    ui.type('amount', '7.500');
    ui.choose('Returned goods');
    await ui.press('Review refund');
    await ui.waitForText('Check the refund');
    environment.on(PAYMENT, { json: payment([lost(5)], { resolve: true, user: 'carol' }) });
    await ui.form.refresh();
    await ui.waitForText('Do not refund it again');
    expect(written(ui)).to.deep.equal(['', '', '']);
    expect(root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked).to.equal(false);
  });

  it('is emptied by a reset, with its tick', async () => {
    const { ui } = await open(payment([lost(5)]));
    write(ui);
    ui.form.reset();
    await ui.form.updateComplete;
    expect(written(ui)).to.deep.equal(['', '', '']);
    expect(root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked).to.equal(false);
  });

  it('waits, and is not said to be settled, while an older one that is unknown again is asked about', async () => {
    const older = { create_time: '2026-11-20T08:00:00Z' };
    const later = { create_time: '2026-11-21T08:00:00Z' };
    const made = { standing: 'succeeded', status: 'refunded', state: 'succeeded', ...older } as const;
    const { environment, ui } = await open(payment([lost(4, made), lost(5, later)]));
    write(ui);
    environment.on(PAYMENT, { json: payment([lost(4, older), lost(5, later)]) });
    await ui.form.refresh();
    expect(written(ui)).to.deep.equal(['', '', '']);
    expect(ui.text()).not.to.contain('It is settled by now');
    environment.on(PAYMENT, { json: payment([lost(4, made), lost(5, later)]) });
    await ui.form.refresh();
    expect(written(ui)).to.deep.equal(['nothing', 'RF5', 'UQPAY has no such refund']);
  });

  it('is not said to be unrecorded when the browser has sent this very word twice', async () => {
    const { environment, ui } = await open(payment([lost(5)]));
    environment.on('POST /intents/i5/resolve', () => {
      const ended = { standing: 'failed', ended: 'nothing', status: 'nothing', state: 'failed' } as const;
      environment.on(PAYMENT, { json: payment([lost(5, ended)]) });
      return problemOf('invalid_request', 400, { effect: 'unknown' });
    });
    await say(ui, 'nothing', 'UQPAY has no such refund');
    await waitUntil(() => !isOffered(ui));
    expect(ui.text()).not.to.contain('was not recorded');
  });

  it('names the vendor of a part by its account, above the form and beside the question', async () => {
    const part = (vendor: string, vendor_label: string) => lost(5, { vendor, vendor_label });
    const { ui } = await open(payment([part('cDg2RTY=', 'KW91 •••• 3254'), part('eHh4eHg=', 'KW31 •••• 7457')]));
    const panels = [...root(ui).querySelectorAll('[part=unknown]')].map((panel) => panel.textContent ?? '');
    expect(panels.map((text) => /•••• (\d+)/.exec(text)?.[1])).to.deep.equal(['7457', '3254']);
    const asked = root(ui).querySelector('#outcome')!.closest('details')!.previousElementSibling!;
    expect(asked.textContent).to.contain('KW91 •••• 3254');
    expect(ui.text()).not.to.contain('cDg2RTY=');
  });

  it('takes back that nothing was refunded, when the provider has made the refund all the same', async () => {
    const environment = fakeEnvironment({ summary: payment([]) });
    environment.on('POST /v2/payment/refunds', 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('Do not refund again');
    const idempotency_key = environment.writes()[0]!.headers.get('idempotency-key');
    const nothing = {
      idempotency_key,
      standing: 'failed',
      ended: 'nothing',
      status: 'nothing',
      state: 'failed',
    } as const;
    environment.on(PAYMENT, { json: payment([lost(12, nothing)]) });
    await ui.form.refresh();
    await ui.waitForText('Nothing was refunded');
    const contradiction = { from: 'failed', to: 'pending', text: '', at: '2026-11-21T09:30:00Z' };
    environment.on(PAYMENT, { json: payment([lost(12, { idempotency_key, refund_id: 'RF1', contradiction })]) });
    await ui.form.refresh();
    await ui.waitForText('Do not refund it again');
    expect(root(ui).querySelector('[part=notice]')).to.equal(null);
  });

  it('stays unknown when nothing was recorded, and the words stay', async () => {
    const { environment, ui } = await open(payment([lost(5)], { resolve: true, refund: false }));
    environment.on('POST /intents/i5/resolve', problemOf('ledger_unavailable', 503, { effect: 'nothing' }));
    await say(ui, 'refunded', 'Seen at UQPAY');
    await ui.waitForText('As far as is known, this was not recorded');
    expect(ui.text()).to.contain('Do not refund it again');
    expect(ui.field('words').value).to.equal('Seen at UQPAY');
    expect(isOffered(ui)).to.equal(true);
  });

  for (const [what, summary] of [
    ['who may not settle it', payment([lost(5)], { resolve: false })],
    ['of whom nothing is known', { ...SUMMARY, refunds: [lost(5)] }],
    ['while the proxy sends it', payment([lost(5, { state: 'sending' })])],
  ] as const) {
    it(`is not offered to a person ${what}`, async () => {
      const { ui } = await open(summary);
      expect(isOffered(ui)).to.equal(false);
    });
  }

  it('is read from the refund service afterwards, though the page gives a payment of its own', async () => {
    const given = payment([lost(5)]);
    const environment = fakeEnvironment({ summary: given });
    const ui = await drive(environment, { set: (form) => void (form.payment = given as never) });
    await ui.waitForText('Do not refund it again');
    recordNothing(environment);
    await say(ui, 'nothing', 'UQPAY has no such refund');
    await ui.waitForText('80.000');
    expect(ui.text()).not.to.contain('was not recorded');
    expect(isOffered(ui)).to.equal(false);
  });

  it('is not called unrecorded when it was recorded, and only the payment could not be read', async () => {
    const { environment, ui } = await open(payment([lost(5)]));
    environment.on('POST /intents/i5/resolve', () => {
      environment.on(PAYMENT, 'drop');
      return { json: { id: 'i5', state: 'succeeded' } };
    });
    await say(ui, 'refunded', 'Seen at UQPAY');
    await waitUntil(() => root(ui).querySelector('[aria-disabled=true], [disabled]') === null);
    expect(ui.text()).not.to.contain('was not recorded');
  });

  it('keeps the words when the sign-in ends, and says nothing of the refund', async () => {
    const { environment, ui } = await open(payment([lost(5)]));
    const ended = problemOf('unauthenticated', 401, { effect: 'nothing' });
    root(ui).querySelector('#outcome')!.closest('details')!.open = true;
    ui.field('outcome').value = 'refunded';
    ui.type('words', 'Seen at UQPAY');
    environment.on(PAYMENT, ended);
    await ui.form.refresh();
    expect(ui.field('words').value).to.equal('Seen at UQPAY');
    environment.on('POST /intents/i5/resolve', ended);
    await say(ui, 'refunded', 'Seen at UQPAY');
    await ui.waitForText('Sign in again in another tab');
    expect([ui.field('outcome').value, ui.field('words').value]).to.deep.equal(['refunded', 'Seen at UQPAY']);
    expect(ui.text()).not.to.contain('Nothing was refunded. Your').and.not.to.contain('nothing was sent');
  });
});
