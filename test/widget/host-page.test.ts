import { expect, fixture, html, waitUntil } from '@open-wc/testing';

import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, problemOf, SUMMARY, uqpayRefund, type Reply } from './fake-environment.ts';

const CREATE = 'POST /v2/payment/refunds';
const READ = 'GET /v2/payment/refunds/RF1';
const RECORD = 'refund-form:/refunds:PI1';
const PENDING = 'accepted the refund';

type Move = (form: HTMLElement, place: HTMLElement) => void;
const MOVES: Readonly<Record<string, Move>> = {
  append: (form, place) => place.append(form),
  insertBefore: (form, place) => place.insertBefore(form, place.firstChild),
  'remove and append': (form, place) => {
    form.remove();
    place.append(form);
  },
  moveBefore: (form, place) =>
    (place as HTMLElement & { moveBefore(node: Node, child: Node | null): void }).moveBefore(form, place.firstChild),
};
const another = () => fixture<HTMLDivElement>(html`<div><p>Another place</p></div>`);
const hold = () => {
  let answer: (reply: Reply) => void = () => undefined;
  return { reply: () => new Promise<Reply>((resolve) => (answer = resolve)), answer: (reply: Reply) => answer(reply) };
};

for (const [name, move] of Object.entries(MOVES)) {
  describe(`a form that is moved by ${name}`, () => {
    it('keeps what is typed', async () => {
      const ui = await drive(fakeEnvironment());
      await waitUntil(() => ui.field('amount') !== null);
      ui.type('amount', '12.500');
      ui.type('note', 'as agreed');
      ui.choose('Returned goods');
      move(ui.form, await another());
      await ui.form.updateComplete;
      expect(ui.field('amount').value).to.equal('12.500');
      expect(ui.field('note').value).to.equal('as agreed');
      await ui.press('Review refund');
      expect(ui.heading()).to.equal('Check the refund');
      move(ui.form, await another());
      await ui.form.updateComplete;
      expect(ui.heading()).to.equal('Check the refund');
    });

    it('draws the answer that comes after it, and goes on', async () => {
      const environment = fakeEnvironment();
      const { reply, answer } = hold();
      environment.on(CREATE, reply);
      environment.on(READ, { json: uqpayRefund('PROCESSING') });
      const ui = await drive(environment);
      await ui.send();
      await waitUntil(() => environment.writes().length === 1);
      move(ui.form, await another());
      answer({ json: uqpayRefund('INITIATED') });
      await ui.waitForHeading(PENDING);
      move(ui.form, await another());
      const later = (shows: string) =>
        waitUntil(() => {
          environment.advance(300_000);
          return ui.text().includes(shows);
        }, shows);
      await later('PROCESSING');
      environment.on(READ, { json: uqpayRefund('SUCCEEDED') });
      await later('carried out');
      expect(environment.writes()).to.have.length(1);
    });
  });
}

describe('a form that is taken from the page for good', () => {
  it('settles storage, and asks for nothing any more', async () => {
    const environment = fakeEnvironment();
    const { reply, answer } = hold();
    environment.on(CREATE, reply);
    const ui = await drive(environment);
    await ui.send();
    await waitUntil(() => environment.writes().length === 1);
    ui.form.remove();
    answer({ json: uqpayRefund('SUCCEEDED') });
    await waitUntil(() => !environment.memory.has(RECORD));
    await ui.form.updateComplete;
    await waitUntil(() => environment.requests.some(({ path }, at) => at > 2 && path.startsWith('/payments/')));
    const { length } = environment.requests;
    environment.advance(900_000);
    expect(environment.requests).to.have.length(length);
  });
});

describe('a payment that the page gives', () => {
  const GIVEN = { ...SUMMARY, refunded: '0.000', pending: '0.000', refundable: '100.000' };
  const PAYMENT = 'GET /payments/PI1';
  const NO_SUMMARY: Reply = problemOf('path_not_allowed', 404);
  const drawn = async (set: Reply, payment = NO_SUMMARY) => {
    const environment = fakeEnvironment();
    environment.on(CREATE, set);
    environment.on(PAYMENT, payment);
    const ui = await drive(environment, { set: (form) => (form.payment = { ...GIVEN }) });
    await ui.waitForText('Up to KWD 100.000');
    return { environment, ui };
  };
  const draw = async ({ form }: FormDriver, payment: typeof GIVEN) => {
    form.payment = payment;
    await form.updateComplete;
  };

  it('changes nothing when it is the same in another object', async () => {
    const { environment, ui } = await drawn({ json: uqpayRefund('INITIATED') });
    await ui.review();
    await draw(ui, { ...GIVEN });
    expect(ui.heading()).to.equal('Check the refund');
    expect(environment.writes()).to.have.length(0);
  });

  it('ends the review when its figures changed', async () => {
    const { ui } = await drawn({ json: uqpayRefund('INITIATED') });
    await ui.review();
    await draw(ui, { ...GIVEN, refundable: '90.000', refunded: '10.000' });
    await ui.waitForText('90.000 now');
    expect(ui.field('amount').value).to.equal('12.500');
  });

  it('is asked for at the refund service once a refund was asked for here', async () => {
    const { environment, ui } = await drawn(
      { json: uqpayRefund('INITIATED') },
      { json: { ...GIVEN, pending: '12.500', refundable: '87.500' } },
    );
    expect(environment.requests.filter(({ path }) => path.startsWith('/payments/'))).to.have.length(0);
    await ui.send();
    await ui.waitForHeading(PENDING);
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await ui.waitForText('Up to KWD 87.500');
    // It came to nothing, and a colleague has refunded less: the page knows of neither.
    environment.on(PAYMENT, { json: { ...GIVEN, refunded: '10.000', refundable: '90.000' } });
    await draw(ui, { ...GIVEN });
    await ui.form.refresh();
    await ui.waitForText('Up to KWD 90.000');
    expect(ui.text()).not.to.include('pending');
  });

  it('is asked for at the refund service after a lost answer, which its summary settles', async () => {
    const { environment, ui } = await drawn('drop');
    await ui.send();
    await ui.waitForText('We don’t know');
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const listed = {
      refund_id: 'RF1',
      idempotency_key: key,
      amount: '12.500',
      standing: 'succeeded',
      status: 'SUCCEEDED',
    };
    environment.on(PAYMENT, { json: { ...GIVEN, refunded: '12.500', refundable: '87.500', refunds: [listed] } });
    await ui.form.refresh();
    await ui.waitForHeading('carried out');
    expect(environment.writes()).to.have.length(1);
  });

  it('goes up again when a refund that was left comes to nothing, also where the refund service has no summary', async () => {
    const { environment, ui } = await drawn({ json: uqpayRefund('INITIATED') });
    environment.on(READ, { json: uqpayRefund('PROCESSING') });
    await ui.send();
    await ui.waitForHeading(PENDING);
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await ui.waitForText('Up to KWD 87.500');
    environment.on(READ, { json: uqpayRefund('FAILED') });
    await ui.form.refresh();
    await ui.waitForText('Up to KWD 100.000');
    expect(ui.text()).not.to.include('pending');
  });

  it('counts the refund made here as long as the page’s is the old one', async () => {
    const { ui } = await drawn({ json: uqpayRefund('SUCCEEDED') });
    await ui.send();
    await ui.waitForHeading('carried out');
    await draw(ui, { ...GIVEN });
    await ui.press('Make another refund');
    await ui.waitForText('Up to KWD 87.500');
    // The page has caught up: it is not counted twice.
    await draw(ui, { ...GIVEN, refunded: '12.500', refundable: '87.500' });
    await ui.waitForText('Up to KWD 87.500');
  });

  it('does not loop on a 412 that says what is refundable', async () => {
    const { environment, ui } = await drawn(
      problemOf('refundable_changed', 412, { effect: 'nothing', refundable: '60.000', detail: '60' }),
    );
    await ui.send();
    await ui.waitForText('Up to KWD 60.000');
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    await ui.review();
    expect(ui.heading()).to.equal('Check the refund');
    await ui.press(/^Refund /);
    await ui.waitForHeading(PENDING);
    expect(environment.writes().map(({ headers }) => headers.get('x-expected-refundable'))).to.deep.equal([
      '100.000',
      '60.000',
    ]);
  });

  it('is asked for at the refund service after a 412, and goes up again with it', async () => {
    const changed = problemOf('refundable_changed', 412, { effect: 'nothing', refundable: '60.000', detail: '60' });
    const { environment, ui } = await drawn(changed, { json: { ...GIVEN, pending: '40.000', refundable: '60.000' } });
    await ui.send();
    await ui.waitForText('Up to KWD 60.000');
    environment.on(PAYMENT, { json: GIVEN });
    await draw(ui, { ...GIVEN });
    await ui.form.refresh();
    await ui.waitForText('Up to KWD 100.000');
  });
});
