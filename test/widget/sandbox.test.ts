import { expect } from '@open-wc/testing';

import { createSandboxHandlers } from '../../mock-server/msw.ts';
import { BROWSER } from '../../widget/browser/browser.ts';
import { mswWorker } from '../msw-worker.ts';
import { drive } from './drive.ts';
import { fakeEnvironment } from './fake-environment.ts';

const MULTIVENDOR_ORDER = 'up20261106vend0000000000000000000000000000000000000000000000000006';

/** There is no proxy here: the form sends real requests from a real page to the sandbox in its development mode. */
describe('the form with the sandbox and no proxy', () => {
  const worker = mswWorker();

  const start = (provider: 'uqpay' | 'upayments', paymentId: string) =>
    drive(
      { ...fakeEnvironment(), fetch: BROWSER.fetch, now: BROWSER.now, timeout: BROWSER.timeout, newId: BROWSER.newId },
      {
        provider,
        paymentId,
        set(form) {
          form.endpoint = provider === 'uqpay' ? '/uqpay/api' : '/upayments/api/v1';
          const amounts = { captured: '90.000', refunded: '0.000', pending: '0.000', refundable: '90.000' };
          if (provider === 'upayments') form.payment = { payment_id: paymentId, currency: 'KWD', ...amounts };
        },
      },
    );

  beforeEach(() => {
    worker.resetHandlers(...createSandboxHandlers({ baseUrl: location.origin, clock: 'frozen', dev: true }));
  });

  it('reads the refundable amount from UQPAY, and refunds a part of it', async () => {
    const ui = await start('uqpay', 'PI2000000000000000005');
    await ui.waitForText('Up to USD 59.90');
    await ui.send('10.00');
    await ui.waitForHeading('UQPAY accepted the refund');
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await ui.waitForText('Up to USD 49.90');
  });

  it('says why UQPAY cannot refund a payment that is not captured', async () => {
    const ui = await start('uqpay', 'PI2000000000000000007');
    await ui.waitForHeading('Nothing can be refunded');
    expect(ui.text()).to.contain('REQUIRES_CAPTURE');
  });

  it('refunds one vendor of UPayments when another has too little balance', async () => {
    const ui = await start('upayments', MULTIVENDOR_ORDER);
    await ui.send('30.000');
    await ui.waitForHeading('Divide KWD 30.000 over the vendors');
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading('What became of each vendor’s refund');
    expect(ui.text()).to.contain('Accepted').and.to.contain('balance is too low');
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD 20.000');
    await ui.waitForText('Cancelled');
  });
});
