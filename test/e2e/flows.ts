import { readFileSync } from 'node:fs';

import type { TestType } from '@playwright/test';

import type { AdminPage } from './admin-page.ts';
import { calls, expect, loseNextAnswer, refundsOf, type World } from './fixtures.ts';

export interface Flow extends World {
  readonly admin: AdminPage;
}

/** The main flows of an admin, in whichever browser `admin` is. The other files test the details, in Chromium. */
export function testFlows(test: TestType<Flow, object>): void {
  test('UQPAY carries out a full refund', async ({ admin, sandbox }) => {
    await admin.open('SG-1042');
    await admin.press('All');
    await admin.select('reason', 'Returned goods');
    await admin.press('Review refund');
    await admin.press('Refund SGD 128.40');
    await admin.expectHeading('UQPAY accepted the refund');
    await sandbox.advance('PT1H');
    await admin.pressIfThere('Check status');
    await admin.expectHeading('UQPAY has carried out the refund');
    const refunds = await refundsOf(sandbox, 'uqpay', 'PI2000000000000000001');
    expect(refunds.map(({ amount }) => amount)).toEqual(['128.40']);
  });

  test('UQPAY carries out a part refund, and the rest can still be refunded', async ({ admin, sandbox }) => {
    await admin.open('order_6789');
    await admin.type('amount', '100.00');
    await admin.select('reason', 'Returned goods');
    await admin.press('Review refund');
    await admin.press('Refund USD 100.00');
    await admin.expectHeading('UQPAY accepted the refund');
    await sandbox.advance('PT1H');
    await admin.pressIfThere('Check status');
    await admin.expectHeading('UQPAY has carried out the refund');
    await admin.press('Make another refund');
    await admin.expectText('Up to USD 150.00');
    await admin.type('amount', '150.01');
    await admin.press('Review refund');
    await admin.expectText('is more than can be refunded');
    await admin.expectValue('amount', '150.01');
    expect(await calls(sandbox, 'create_refund')).toBe(1);
  });

  test('UPayments carries out a refund of dinars', async ({ admin, sandbox }) => {
    await admin.open('KW-10231');
    await admin.type('amount', '12.500');
    await admin.select('reason', 'Returned goods');
    await admin.press('Review refund');
    await admin.press('Refund KWD 12.500');
    await admin.expectHeading('UPayments accepted the refund');
    await sandbox.advance('PT4H');
    await admin.pressIfThere('Check status');
    await admin.expectHeading('UPayments has carried out the refund');
  });

  test('UPayments refunds one of two vendors, because the other has too little balance', async ({ admin, sandbox }) => {
    await admin.open('KW-10226');
    await admin.type('amount', '30');
    await admin.select('reason', 'Returned goods');
    await admin.press('Review refund');
    await admin.press('Refund KWD 30.000');
    await admin.expectHeading('Divide KWD 30.000 over the vendors');
    await admin.press('Split in proportion');
    await admin.expectValue('vendor-0', '20.000');
    await admin.expectValue('vendor-1', '10.000');
    await admin.press('Review refunds');
    await admin.press('Refund KWD 30.000');
    await admin.expectHeading('What became of each vendor’s refund: 1 of 2 accepted');
    await admin.expectText('balance is too low');
    expect(await calls(sandbox, 'create_multivendor_refund')).toBe(1);
    const order = 'up20261106vend0000000000000000000000000000000000000000000000000006';
    expect(await refundsOf(sandbox, 'upayments', order)).toHaveLength(1);
  });

  test('a lost answer is unknown, also after a reload, and the same key settles it', async ({ admin, sandbox }) => {
    await admin.open('order_6789');
    const list = await loseNextAnswer(sandbox);
    await admin.type('amount', '42.00');
    await admin.select('reason', 'Returned goods');
    await admin.press('Review refund');
    await admin.press('Refund USD 42.00');
    const unknown = 'We don’t know yet whether this refund went through. Do not refund again.';
    await admin.expectHeading(unknown);
    await admin.reload();
    await admin.expectHeading(unknown);
    await list.restoreList();
    // From now on, whoever reads the payment settles it: that may be the console, before the button is pressed.
    await admin.pressIfThere('Check status');
    await admin.expectHeading('UQPAY accepted the refund');
    expect(await refundsOf(sandbox, 'uqpay', 'PI1234567890123456789')).toHaveLength(1);
  });

  test('the Arabic form runs from right to left and refunds an amount in Arabic digits', async ({ admin, sandbox }) => {
    await admin.open('order_6789');
    await admin.setLanguage(readFileSync('dist/widget/locales/ar.js', 'utf8'), 'ar-KW');
    await admin.expectDirection('rtl');
    await admin.type('amount', '١٢٫٥٠');
    await admin.select('reason', 'بضاعة مرتجعة');
    await admin.press('مراجعة الاسترداد');
    await admin.expectText('١٢٫٥٠');
    await admin.press('استرداد ');
    await admin.expectHeading('قبلت UQPAY طلب الاسترداد');
    const refunds = await refundsOf(sandbox, 'uqpay', 'PI1234567890123456789');
    expect(refunds.map(({ amount }) => amount)).toEqual(['12.50']);
  });
}
