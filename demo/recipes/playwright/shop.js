import { createServer } from 'node:http';

import { webhookHandler } from './receiver.js';
import { RefundRefused, Refunds } from './refunds.js';

/** The one order of this shop. A real shop reads its orders from a database, and asks who is signed in. */
const ORDER = { id: 'order_6789', payment: 'PI1234567890123456789', amount: '250.00' };

const TEXTS = {
  INITIATED: 'The refund is on its way',
  SUCCEEDED: 'Refunded',
  FAILED: 'The refund failed',
  UNKNOWN: 'Nobody knows yet whether this was refunded. Do not refund it again.',
};

/** A merchant's admin page: one order, a button, and what became of its refund. */
export function createShop(settings) {
  const refunds = new Refunds(settings);
  let refund;
  const takeWebhook = webhookHandler({
    secret: settings.UQPAY_WEBHOOK_SECRET,
    onEvent: ({ data }) => {
      if (data.metadata?.refund === refund?.id) refund.status = data.refund_status;
    },
  });
  const act = async (pathname) => {
    if (pathname === '/refund' && !refund) {
      // The id is stored before anything is sent: a second click cannot make a second refund.
      refund = { id: crypto.randomUUID(), payment: ORDER.payment, amount: '10.00', reason: 'Return good' };
      try {
        const { status } = await refunds.create(refund);
        // A webhook may have come before the answer.
        refund.status ??= status;
      } catch (error) {
        // Nothing was sent, or the provider refused it: no money moves, and the button comes back.
        refund = undefined;
        throw error;
      }
    }
    if (pathname === '/look-up' && refund?.status === 'UNKNOWN') refund.status = (await refunds.lookUp(refund)).status;
  };
  return createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://shop');
    if (pathname === '/webhooks') takeWebhook(request, response);
    else if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(refund));
    } else {
      const back = () => response.writeHead(303, { location: '/' }).end();
      act(pathname).then(back, (error) =>
        response.writeHead(error instanceof RefundRefused ? 422 : 502).end(error.message),
      );
    }
  });
}

function page(refund) {
  const button = (action, text) => `<form method="post" action="${action}"><button>${text}</button></form>`;
  const state = refund
    ? `<p role="status">${TEXTS[refund.status] ?? refund.status}</p>`
    : button('/refund', 'Refund USD 10.00');
  const lookUp = refund?.status === 'UNKNOWN' ? button('/look-up', 'Check status') : '';
  return `<!doctype html><html lang="en"><title>Order</title><h1>${ORDER.id}: USD ${ORDER.amount}</h1>${state}${lookUp}</html>`;
}
