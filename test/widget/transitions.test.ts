import { expect } from '@open-wc/testing';

import type { FormDriver } from './drive.ts';
import { problemOf, SUMMARY, uqpayRefund, type Reply } from './fake-environment.ts';
import { reach, root, textOf } from './support/states.ts';
import { heldReply } from './support/held.ts';
import { waitUntil } from './support/wait-until.ts';

const READ = 'GET /v2/payment/refunds/RF1';

/** What a screen reader would announce, in order, from now on: live regions, and the heading when the focus comes to it. */
function listen(ui: FormDriver): () => string[] {
  const live = '[role=status], [role=alert], [aria-live=polite]';
  const said: string[] = [];
  const present = new Set(root(ui).querySelectorAll(live));
  new MutationObserver((changes) => {
    const changed = new Set<Element>();
    for (const { target, addedNodes } of changes) {
      const element = target instanceof Element ? target : target.parentElement;
      const region = element?.closest(live);
      // A status that comes into the page together with its text is not announced; an alert is.
      if (region && (present.has(region) || region.role === 'alert')) changed.add(region);
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        for (const alert of [node, ...node.querySelectorAll(live)]) {
          if (alert.role === 'alert') changed.add(alert);
        }
      }
    }
    for (const region of changed) {
      if (region.isConnected && textOf(region) && region.ariaLive !== 'off') said.push(textOf(region));
    }
    for (const region of root(ui).querySelectorAll(live)) present.add(region);
  }).observe(root(ui), { subtree: true, childList: true, characterData: true });
  root(ui).addEventListener('focusin', ({ target }) => {
    if ((target as Element).id === 'heading') said.push(textOf(target as Element));
  });
  return () => said.splice(0);
}

/** Where the focus is, by id, by class, or by what the button says. Fails if the form has lost it. */
function focusOf(ui: FormDriver): string {
  expect(document.activeElement, 'the focus has left the form').to.equal(ui.form);
  const element = root(ui).activeElement;
  expect(element, 'nothing in the form has the focus').not.to.equal(null);
  return element!.id || (element!.localName === 'button' ? textOf(element) : element!.className);
}

/** Presses a button with the keyboard: it has the focus first. */
async function press(ui: FormDriver, name: string | RegExp): Promise<void> {
  ui.button(name).focus();
  await ui.press(name);
}

interface Step {
  readonly press: string | RegExp;
  /** Where the focus is afterwards. */
  readonly focus: string;
  /** A part of what is announced; `undefined` when the moved focus alone says it. */
  readonly says?: string | RegExp;
  /** The heading of the next state, when an answer has to come first. */
  readonly until?: string | RegExp;
}

async function walk(ui: FormDriver, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const take = listen(ui);
    await press(ui, step.press);
    if (step.until) await ui.waitForHeading(step.until);
    await ui.form.updateComplete;
    await Promise.resolve();
    expect(focusOf(ui), `the focus after ${step.press}`).to.equal(step.focus);
    const all = take();
    const said = all.join(' | ');
    const heading = ui.heading();
    expect(all.filter((text) => text === heading).length, `how often “${heading}” is said in ${said}`).to.be.lessThan(
      2,
    );
    if (typeof step.says === 'string') expect(said, `after ${step.press}`).to.contain(step.says);
    else if (step.says) expect(said, `after ${step.press}`).to.match(step.says);
  }
}

const deleted: Reply = { status: 201, json: { status: true, message: 'Deleted', data: null } };

describe('each transition keeps the focus and is announced', () => {
  it('while the payment loads: the page keeps its focus', async () => {
    const button = document.createElement('button');
    document.body.append(button);
    button.focus();
    await reach('editing');
    expect(document.activeElement).to.equal(button);
    button.remove();
  });

  it('from a failed load to the form', async () => {
    const { ui, environment } = await reach('load failed');
    environment.on('GET /payments/*', { json: SUMMARY });
    await walk(ui, [{ press: 'Load again', focus: 'heading', says: 'Refund', until: /^Refund$/ }]);
    await waitUntil(() => ui.form.state === 'editing');
    expect(focusOf(ui)).to.equal('heading');
  });

  it('from an ended sign-in to the form', async () => {
    const { ui, environment } = await reach('signed out');
    environment.on('GET /payments/*', { json: SUMMARY });
    await walk(ui, [{ press: 'I have signed in', focus: 'heading', says: 'Refund', until: /^Refund$/ }]);
    await waitUntil(() => ui.form.state === 'editing');
    expect(focusOf(ui)).to.equal('heading');
  });

  it('through the form, its faults, and the review', async () => {
    const { ui } = await reach('editing');
    await walk(ui, [
      { press: 'Review refund', focus: 'amount', says: 'Correct this first' },
      { press: 'Review refund', focus: 'amount', says: 'Correct this first' },
      { press: 'Review refund', focus: 'amount', says: 'Enter an amount' },
    ]);
    ui.type('amount', '12.500');
    ui.choose('Returned goods');
    await ui.form.updateComplete;
    await walk(ui, [
      { press: 'Review refund', focus: 'heading', says: 'Check the refund' },
      { press: 'Change', focus: 'heading', says: 'Refund' },
      { press: 'Review refund', focus: 'heading', says: 'Check the refund' },
    ]);
  });

  it('through the keys that correct a fault: the list of faults is silent until the next review', async () => {
    const { ui } = await reach('faults');
    const take = listen(ui);
    for (const text of ['1', '12', '12.', '12.5', 'x']) {
      ui.type('amount', text);
      await ui.form.updateComplete;
    }
    await Promise.resolve();
    expect(textOf(root(ui).querySelector('#faults'))).to.contain('“x” is not an amount');
    expect(take().filter((text) => text.includes('Correct this first'))).to.deep.equal([]);
    await walk(ui, [{ press: 'Review refund', focus: 'amount', says: '“x” is not an amount' }]);
  });

  it('through keys that correct the last fault and make it again: nothing is announced before the next review', async () => {
    const { ui } = await reach('faults');
    ui.choose('Returned goods');
    const take = listen(ui);
    const isShown = () => root(ui).querySelector('#faults')!.checkVisibility();
    const shown: boolean[] = [];
    for (const text of ['1', '12', '12.', '12.5']) {
      ui.type('amount', text);
      await ui.form.updateComplete;
      shown.push(isShown());
    }
    expect(shown).to.deep.equal([false, false, true, false]);
    expect(take().filter((text) => text.includes('Correct this first'))).to.deep.equal([]);
    ui.type('amount', '12.');
    await walk(ui, [{ press: 'Review refund', focus: 'amount', says: 'Correct this first' }]);
  });

  it('when the page’s own button asks for a review with faults: the first field gets the focus, each time', async () => {
    const { ui } = await reach('editing', { set: (form) => (form.hideActions = true) });
    const button = document.createElement('button');
    document.body.append(button);
    for (const round of [1, 2]) {
      button.focus();
      const take = listen(ui);
      ui.form.requestSubmit();
      await ui.form.updateComplete;
      await Promise.resolve();
      expect(focusOf(ui), `round ${round}`).to.equal('amount');
      expect(take().join(), `round ${round}`).to.contain('Correct this first');
    }
    button.remove();
  });

  it('when the payment changes under the review', async () => {
    const { ui, environment } = await reach('review');
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunded: '35.000', refundable: '60.000' } });
    const take = listen(ui);
    ui.button(/^Refund/).focus();
    await ui.form.refresh();
    await ui.waitForText('The payment has changed');
    await Promise.resolve();
    expect(focusOf(ui)).to.equal('heading');
    expect(take().join()).to.contain('The payment has changed');
  });

  it('when the refund is accepted, and later carried out', async () => {
    const { ui, environment } = await reach('review');
    environment.on('POST /v2/payment/refunds', { json: uqpayRefund('INITIATED') });
    await walk(ui, [{ press: /^Refund /, focus: 'heading', says: 'accepted the refund', until: 'accepted' }]);
    environment.on(READ, { json: uqpayRefund('SUCCEEDED') });
    const take = listen(ui);
    environment.advance(2000);
    await ui.waitForHeading('carried out');
    await Promise.resolve();
    expect(focusOf(ui)).to.equal('heading');
    expect(take().join()).to.contain('has carried out the refund');
    await walk(ui, [{ press: 'Make another refund', focus: 'heading', says: 'Refund', until: /^Refund$/ }]);
  });

  it('when the refund is refused', async () => {
    const { ui, environment } = await reach('review');
    environment.on('POST /v2/payment/refunds', problemOf('payment_busy', 409, { effect: 'nothing' }));
    await walk(ui, [{ press: /^Refund /, focus: 'heading', says: 'Nothing was refunded', until: /^Refund$/ }]);
  });

  it('when the refund fails, and is tried again', async () => {
    const { ui } = await reach('failed');
    await walk(ui, [{ press: 'Try again', focus: 'heading', says: 'Refund', until: /^Refund$/ }]);
    await waitUntil(() => ui.form.state === 'editing');
    expect(focusOf(ui)).to.equal('heading');
  });

  it('when the refund fails, and somebody else has tried again since: it asks first, and keeps what was typed', async () => {
    const { ui, environment } = await reach('failed');
    const idempotency_key = environment.writes().at(-1)!.headers.get('idempotency-key');
    const refunds = [
      { refund_id: 'RF1', idempotency_key, amount: '12.500', status: 'FAILED', standing: 'failed' },
      { refund_id: 'RF2', idempotency_key: 'b', amount: '12.500', status: 'INITIATED', standing: 'pending' },
    ];
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunds } });
    await ui.form.refresh();
    await ui.press('Try again');
    expect(ui.form.state).to.equal('failed');
    expect(ui.text()).to.contain('The refund of KWD 12.500 may still reach the customer.');
    await ui.press('Make another refund all the same');
    await waitUntil(() => ui.form.state === 'editing');
    expect(ui.field('amount').value).not.to.equal('');
  });

  it('when the answer is lost, and found again', async () => {
    const { ui, environment } = await reach('review');
    environment.on('POST /v2/payment/refunds', ['drop', { status: 502, text: '' }, { json: uqpayRefund('INITIATED') }]);
    await walk(ui, [
      { press: /^Refund /, focus: 'heading', says: 'Do not refund again', until: 'Do not refund again' },
    ]);
    const take = listen(ui);
    await press(ui, 'Check status');
    expect(take().join()).to.contain('Checking…');
    await ui.waitForText('still not known');
    await Promise.resolve();
    expect(take().join()).to.contain('still not known');
    expect(focusOf(ui)).to.equal('Check status, send if not received');
    await walk(ui, [{ press: 'Check status', focus: 'heading', says: 'accepted the refund', until: 'accepted' }]);
  });

  it('when a second person has to agree, and has agreed', async () => {
    const { ui, environment } = await reach('review');
    environment.on('POST /v2/payment/refunds', [
      problemOf('approval_required', 403, { effect: 'running' }),
      { json: uqpayRefund('INITIATED') },
    ]);
    await walk(ui, [
      { press: /^Refund /, focus: 'heading', says: 'waits for a second person', until: 'second person' },
      { press: 'Check status', focus: 'heading', says: 'accepted the refund', until: 'accepted' },
    ]);
  });

  it('through a cancel: asked, kept, and carried out', async () => {
    const { ui, environment } = await reach('pending, with a cancel');
    environment.on('POST /delete-refund', deleted);
    await walk(ui, [
      { press: 'Cancel refund', focus: 'Keep it', says: 'Cancel the refund of' },
      { press: 'Keep it', focus: 'Cancel refund' },
      { press: 'Cancel refund', focus: 'Keep it', says: 'The customer will not receive it' },
      { press: /^Cancel KWD/, focus: 'heading', says: 'The refund was cancelled', until: 'was cancelled' },
      { press: 'Make another refund', focus: 'heading', says: 'Refund', until: /^Refund$/ },
    ]);
  });

  it('through a cancel whose answer is slow, and then lost', async () => {
    const { ui, environment } = await reach('asking about a cancel');
    const { reply, answer } = heldReply();
    environment.on('POST /delete-refund', reply);
    const take = listen(ui);
    await press(ui, /^Cancel KWD/);
    expect(focusOf(ui)).to.contain('panel');
    expect(take().join()).to.contain('Cancelling…');
    await answer('drop');
    await ui.waitForText('whether the cancellation went through');
    await Promise.resolve();
    expect(focusOf(ui)).to.contain('panel');
    expect(take().join()).to.contain('We don’t know yet whether the cancellation went through');
  });

  it('through a cancel that is refused', async () => {
    const { ui, environment } = await reach('asking about a cancel');
    environment.on('POST /delete-refund', { status: 422, json: { status: false, message: 'Too late', data: null } });
    const take = listen(ui);
    await press(ui, /^Cancel KWD/);
    await ui.waitForText('The refund was not cancelled');
    await Promise.resolve();
    expect(focusOf(ui)).to.equal('Cancel refund');
    expect(take().join()).to.contain('The refund was not cancelled');
  });

  it('through the question about another refund', async () => {
    const { ui } = await reach('pending, with a cancel');
    await walk(ui, [
      { press: 'Make another refund', focus: 'Wait for this one', says: 'may still reach the customer' },
      { press: 'Wait for this one', focus: 'Make another refund' },
      { press: 'Make another refund', focus: 'Wait for this one', says: 'may still reach the customer' },
      { press: 'all the same', focus: 'heading', says: 'Refund', until: /^Refund$/ },
    ]);
  });

  it('also in a browser that does not focus a pressed button', async () => {
    const { ui } = await reach('pending, with a cancel');
    root(ui).getElementById('heading')!.focus();
    await ui.press('Make another refund');
    expect(focusOf(ui)).to.equal('Wait for this one');
  });

  it('through a division over vendors, and its results', async () => {
    const { ui } = await reach('vendors');
    expect(textOf(root(ui).querySelector('h2'))).to.contain('Divide');
    await walk(ui, [
      { press: 'Review refunds', focus: 'vendor-0', says: 'add up to' },
      { press: 'Review refunds', focus: 'vendor-0', says: 'add up to' },
      { press: 'All of it', focus: 'vendor-0', says: 'Left to place KWD 0.000' },
      { press: 'Split in proportion', focus: 'vendor-0' },
      { press: 'Show IBAN', focus: 'Show IBAN', says: 'KW91KFHO0000000000051010173254' },
      { press: 'Review refunds', focus: 'heading', says: 'Check the refunds' },
      { press: 'Change', focus: 'heading', says: 'Divide' },
      { press: 'Review refunds', focus: 'heading', says: 'Check the refunds' },
      { press: /^Refund /, focus: 'heading', says: '1 of 2 accepted', until: 'What became' },
      { press: 'Try the refused', focus: 'heading', says: 'Refund', until: /^Refund$/ },
    ]);
  });

  it('back from a division over vendors', async () => {
    const { ui } = await reach('vendors');
    await walk(ui, [{ press: 'Back', focus: 'heading', says: 'Refund', until: /^Refund$/ }]);
  });
});

describe('a check of the status', () => {
  it('that a person asks for is announced, and changes neither label nor width', async () => {
    const { ui, environment } = await reach('pending');
    const { reply, answer } = heldReply();
    environment.on(READ, reply);
    const button = ui.button('Check status');
    const { width, left } = button.getBoundingClientRect();
    const take = listen(ui);
    await press(ui, 'Check status');
    expect(take().join()).to.contain('Checking…');
    expect(button.getAttribute('aria-busy')).to.equal('true');
    expect(textOf(button)).to.equal('Check status');
    expect([button.getBoundingClientRect().width, button.getBoundingClientRect().left]).to.deep.equal([width, left]);
    await answer({ json: uqpayRefund('PROCESSING') });
    await waitUntil(() => button.getAttribute('aria-busy') === 'false');
    await Promise.resolve();
    expect(take().join()).to.contain('Last checked');
    expect(focusOf(ui)).to.equal('Check status');
  });

  it('in the background is not announced, and looks like nothing', async () => {
    const { ui, environment } = await reach('pending');
    const { reply, answer } = heldReply();
    environment.on(READ, reply);
    const button = ui.button('Check status');
    const look = () => [textOf(button), button.getBoundingClientRect().width, getComputedStyle(button).opacity];
    const before = look();
    const take = listen(ui);
    environment.advance(2000);
    await waitUntil(() => button.getAttribute('aria-busy') === 'true');
    expect(look()).to.deep.equal(before);
    await answer({ json: uqpayRefund('PROCESSING') });
    await waitUntil(() => button.getAttribute('aria-busy') === 'false');
    await Promise.resolve();
    expect(look()).to.deep.equal(before);
    expect(take()).to.deep.equal([]);
  });
});
