import { expect } from '@open-wc/testing';

import { uqpay } from '../../widget/adapters/uqpay.ts';
import { Client } from '../../widget/flow/client.ts';
import { IntentStore } from '../../widget/flow/intent-store.ts';
import { PaymentReader } from '../../widget/flow/payment-reader.ts';
import { fakeEnvironment } from './fake-environment.ts';

describe('the reader of a payment', () => {
  it('goes on after a read that a page’s own provider has failed: the next ones are reads of their own', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', { status: 404, text: '' });
    let fails = true;
    const own = {
      ...uqpay,
      readPayment: async () => {
        if (fails) throw new TypeError('of the page');
        return undefined;
      },
    };
    const client = new Client(environment, `${origin}/refunds`, own);
    const store = new IntentStore(environment, `${origin}/refunds`, 'PI1');
    const reader = new PaymentReader(client, own, 'PI1', store, () => undefined);
    const kinds = () => Promise.allSettled([reader.read(), reader.read()]);
    expect((await kinds()).map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    fails = false;
    expect((await kinds()).map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled']);
  });
});
