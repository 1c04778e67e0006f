import { expect } from '@open-wc/testing';

import { uqpay } from '../../widget/adapters/uqpay.ts';
import { Client } from '../../widget/flow/client.ts';
import { fakeEnvironment, problemOf, uqpayRefund, type Reply } from './fake-environment.ts';

const ROUTE = 'POST /v2/payment/refunds';
const CALL = { path: '/v2/payment/refunds', body: { amount: '12.500' } };

async function writeAndReceive(reply: Reply, resent = false) {
  const environment = fakeEnvironment();
  environment.on(ROUTE, reply);
  // Long enough for a busy machine to send the request first.
  if (reply === 'hang' || reply === 'stall') Object.assign(environment, { timeout: 1_000 });
  const client = new Client(environment, `${origin}/refunds`, uqpay);
  const read = (body: unknown) => uqpay.readCreated(body, { amount: 12_500n, currency: 'KWD' } as never);
  const answer = await client.write(CALL, 'KEY', read, { resent, expected: '75.000' });
  return { answer, environment };
}

describe('the client', () => {
  it('sends one request with the three headers and the body as JSON', async () => {
    const { answer, environment } = await writeAndReceive({ json: uqpayRefund('INITIATED') });
    expect(answer.kind).to.equal('answered');
    expect(environment.requests).to.have.length(1);
    const [{ headers, body }] = environment.requests as [(typeof environment.requests)[0]];
    expect(body).to.deep.equal(CALL.body);
    expect(headers.get('idempotency-key')).to.equal('KEY');
    expect(headers.get('x-refund-form')).to.equal('1');
    expect(headers.get('x-expected-refundable')).to.equal('75.000');
    expect(headers.get('content-type')).to.equal('application/json');
  });

  const UNKNOWN: readonly (readonly [name: string, reply: Reply])[] = [
    ['a dropped connection', 'drop'],
    ['no answer in time', 'hang'],
    ['an answer that never ends', 'stall'],
    ['an internal error', { status: 500, json: { type: 'api_error', code: 'x', message: 'x' } }],
    ['a bad gateway', { status: 502, text: '<html>' }],
    ['half an answer', { text: '{"payment_refund_id":' }],
    ['an answer that does not fit the contract', { json: { hello: 1 } }],
    ['an error that nobody can read', { status: 403, text: '<html>' }],
    ['a lost outcome', problemOf('outcome_unknown', 504, { effect: 'unknown' })],
    ['a problem whose effect this version does not know', problemOf('new', 400, { effect: 'maybe' })],
  ];
  for (const [name, reply] of UNKNOWN) {
    it(`reports ${name} as unknown, and does not send again`, async () => {
      const { answer, environment } = await writeAndReceive(reply);
      expect(answer.kind).to.equal('unknown');
      expect(environment.requests).to.have.length(1);
    });
  }

  it('reports an answer that a page’s own provider cannot read as unknown, and tells the page its error', async () => {
    const environment = fakeEnvironment();
    environment.on(ROUTE, { json: uqpayRefund('INITIATED') });
    const client = new Client(environment, `${origin}/refunds`, uqpay);
    const { reportError } = globalThis;
    const reported: unknown[] = [];
    globalThis.reportError = (error) => void reported.push(error);
    const fault = new TypeError('of the page');
    const read = () => {
      throw fault;
    };
    const answer = await client.write(CALL, 'KEY', read, { expected: '75.000' }).finally(() => {
      globalThis.reportError = reportError;
    });
    expect(answer.kind).to.equal('unknown');
    expect(reported).to.deep.equal([fault]);
  });

  it('reports a request that is still running', async () => {
    const { answer } = await writeAndReceive(problemOf('idempotency_key_running', 409, { effect: 'running' }));
    expect(answer.kind).to.equal('running');
  });

  it('distinguishes a request that waits for a second person from one that is refused because nobody approved it', async () => {
    const waitingResult = await writeAndReceive(problemOf('approval_required', 403, { effect: 'running' }));
    expect(waitingResult.answer.kind).to.equal('approval');
    const refusedResult = await writeAndReceive(problemOf('approval_required', 403, { effect: 'nothing' }));
    expect(refusedResult.answer).to.deep.include({ kind: 'refused' });
  });

  it('reports a refusal of the proxy, also with a 5xx status when its effect is nothing', async () => {
    const { answer } = await writeAndReceive(
      problemOf('ledger_unavailable', 503, { effect: 'nothing', detail: 'Disk full' }),
    );
    expect(answer).to.deep.include({
      kind: 'refused',
      refusal: { code: 'ledger_unavailable', words: 'Disk full', proxy: true },
    });
  });

  it('reports a refusal of the provider in the provider’s words', async () => {
    const { answer } = await writeAndReceive({
      status: 400,
      json: { type: 'refund_error', code: 'c', message: 'Too much' },
    });
    expect(answer).to.deep.equal({ kind: 'refused', refusal: { code: 'c', words: 'Too much', proxy: false } });
  });

  const NOT_PROCESSED: readonly (readonly [name: string, reply: Reply])[] = [
    [
      'a 429 of the provider',
      { status: 429, json: { type: 'api_error', code: 'velocity_limit_exceeded', message: 'x' } },
    ],
    ['a 429 that is no JSON', { status: 429, text: '<html>' }],
    ['a 429 without a body', { status: 429, text: '' }],
    [
      'a key that another request used',
      { status: 400, json: { type: 'idempotency_error', code: 'idempotency_key_reused', message: 'x' } },
    ],
    ['an account that is closed', { status: 400, json: { type: 'account_error', code: 'suspended', message: 'x' } }],
  ];
  for (const [name, reply] of NOT_PROCESSED) {
    it(`reports ${name} as a refusal of the first request, and as unknown for a repeated one`, async () => {
      expect((await writeAndReceive(reply)).answer.kind).to.equal('refused');
      const { answer } = await writeAndReceive(reply, true);
      expect(answer.kind).to.equal('unknown');
    });
  }

  const SIGNED_OUT: readonly (readonly [name: string, reply: Reply])[] = [
    ['the proxy’s own problem', problemOf('unauthenticated', 401, { effect: 'nothing' })],
    ['a 401 that is no JSON', { status: 401, text: '<html>' }],
    ['a 401 of a framework', { status: 401, json: { message: 'Unauthenticated.' } }],
  ];
  for (const [name, reply] of SIGNED_OUT) {
    it(`reports the end of the sign-in after ${name}, and settles only a first request by it`, async () => {
      expect((await writeAndReceive(reply)).answer).to.deep.include({ kind: 'signed_out', settled: true });
      expect((await writeAndReceive(reply, true)).answer).to.deep.include({ kind: 'signed_out', settled: false });
    });
  }

  it('reports a redirect as the end of the sign-in, but not as settled: a server may redirect after it did the work', async () => {
    for (const status of [302, 303]) {
      const { answer } = await writeAndReceive({ status, text: '', headers: { location: '/login' } });
      expect(answer).to.deep.include({ kind: 'signed_out', settled: false });
    }
  });

  it('does not report a 401 of the provider as the end of the admin’s sign-in', async () => {
    const { answer } = await writeAndReceive({ status: 401, json: { error: 'token has expired' } });
    expect(answer).to.deep.include({ kind: 'refused' });
  });

  it('keeps the words of a refusal that settles nothing', async () => {
    const json = { type: 'account_error', code: 'suspended', message: 'No' };
    const { answer } = await writeAndReceive({ status: 400, json }, true);
    expect(answer).to.deep.equal({
      kind: 'unknown',
      refusal: { code: 'suspended', words: 'No', proxy: false },
      status: 400,
    });
  });

  it('reports a replayed refusal as the refusal of the first request', async () => {
    const json = { type: 'account_error', code: 'suspended', message: 'No' };
    const { answer } = await writeAndReceive({ status: 400, json, headers: { 'idempotent-replayed': 'true' } }, true);
    expect(answer.kind).to.equal('refused');
  });

  it('names the status of an unreadable refusal', async () => {
    const { answer } = await writeAndReceive({ status: 429, text: '<html>' });
    expect(answer).to.have.deep.property('refusal', { code: '429', words: 'HTTP 429', proxy: true, busy: true });
  });

  it('names the wrong fields that the proxy names', async () => {
    const errors = [{ pointer: '/amount', detail: 'must be text' }];
    const { answer } = await writeAndReceive(problemOf('invalid_request', 400, { effect: 'nothing', errors }));
    expect(answer).to.have.nested.property('refusal.words', 'invalid_request /amount: must be text');
  });
});
