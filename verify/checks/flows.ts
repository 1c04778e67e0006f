import * as z from 'zod/mini';

import { isSuccess, proxyDescription } from '../../contract/index.ts';
import { sameJson } from '../json.ts';
import { expect, type Check } from '../check.ts';
import { outcomeOf } from './outcomes.ts';
import { noVendors, servesVendors } from './routes.ts';

export const FLOWS: readonly Check[] = [
  {
    id: 'description',
    title: 'The proxy describes itself',
    level: 'recommended',
    why: 'Without a description the form relies on nothing: after a lost answer it only reads, and a person has to decide.',
    mend: 'Answer GET / below the endpoint with {"name":"refund-form-proxy","provider":"…","deduplicates":true}. Say deduplicates only when it is true.',
    async run(world) {
      const exchange = await world.read('/');
      const description = z.safeParse(proxyDescription, exchange.answer.json).data;
      expect(description !== undefined, 'a description', `it was answered ${outcomeOf(exchange)}`, exchange);
      const { name } = world.profile;
      expect(description.provider === name, `provider: ${name}`, `it is ${description.provider}`, exchange);
    },
  },
  {
    id: 'vendors',
    title: 'A refund over several vendors passes both steps unchanged',
    level: 'required',
    why: 'One answer can refund one vendor and refuse another. A client that reads only the status is wrong about one of them.',
    mend:
      'Also serve create-multivendor-refund, pass on every row and every list, and count only the generated rows. A merchant without ' +
      'vendors needs no such path: then answer an order over vendors with 422 not_refundable, so that no form begins what it cannot end.',
    appliesTo: ({ vendors }) => vendors !== undefined,
    async run(world) {
      const { profile } = world;
      const { vendors } = profile;
      if (!vendors) return;
      const payment = await world.vendorsPayment();
      const stepOne = await world.refund(payment, '5.00');
      const body = vendors.secondStep(stepOne.answer.json, [2.5, 2.5]);
      const isServed = await servesVendors(world);
      if (!body && !isServed) throw noVendors(vendors);
      const dead = `step 1 came as an order over vendors, and POST ${vendors.path} is not served`;
      expect(isServed, 'step 2 for what step 1 has opened, or a refusal of step 1', dead, stepOne);
      expect(body !== undefined, 'the rows of step 1', `it was answered ${outcomeOf(stepOne)}`, stepOne);
      const countAfterStepOne = await world.refunds(payment);
      expect(countAfterStepOne === 0, 'no refund in step 1', `there are ${countAfterStepOne}`, stepOne);
      const watch = world.watch();
      const exchange = await world.write(vendors.path, { body });
      const call = watch.answerTo(vendors.path);
      expect(call?.answer !== undefined, 'a call of the provider', 'there was none', exchange);
      const isSame = exchange.answer.status === call.answer.status && sameJson(exchange.answer.text, call.answer.text);
      expect(
        isSame,
        `the provider's answer: ${call.answer.status} ${call.answer.text}`,
        `it was ${outcomeOf(exchange)}`,
        exchange,
      );
      const lists = JSON.stringify(vendors.lists(exchange.answer.json));
      const expected = JSON.stringify(vendors.expected);
      expect(lists === expected, `lists ${expected}`, `they are ${lists ?? 'missing'}`, exchange);
      const refundCount = await world.refunds(payment);
      expect(refundCount === 1, 'one vendor’s refund', `there are ${refundCount}`, exchange);
    },
  },
  {
    id: 'cancel',
    title: 'A refund that is not final can be cancelled',
    level: 'recommended',
    why: 'The form offers a cancel while the refund is initiated. Without the path the cancel fails.',
    mend: 'Serve delete-refund, and make the amount refundable again only when the provider has confirmed the cancel.',
    appliesTo: ({ cancel }) => cancel !== undefined,
    async run(world) {
      const { cancel } = world.profile;
      const payment = await world.payment();
      const creation = await world.refund(payment, '1.00');
      const body = cancel?.body(creation.answer.json);
      expect(
        cancel !== undefined && body !== undefined,
        'a refund',
        `it was answered ${outcomeOf(creation)}`,
        creation,
      );
      const exchange = await world.write(cancel.path, { body });
      const { status } = exchange.answer;
      expect(isSuccess(status), 'a success', `it was answered ${outcomeOf(exchange)}`, exchange);
      const refundCount = await world.refunds(payment);
      expect(refundCount === 0, 'no refund left at the provider', `there are ${refundCount}`, exchange);
    },
  },
];
