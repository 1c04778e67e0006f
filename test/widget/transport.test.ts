import { expect } from '@open-wc/testing';

import type { Transport } from '../../widget/element/element.ts';
import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, problemOf, SUMMARY, uqpayRefund, type FakeEnvironment } from './fake-environment.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';

/** Errors that the page would find in its console. */
let reported: unknown[] = [];
const { reportError } = globalThis;
beforeEach(() => {
  reported = [];
  globalThis.reportError = (error) => void reported.push(error);
});
afterEach(() => void (globalThis.reportError = reportError));

const driveWith = (environment: FakeEnvironment, transport: Transport | undefined) =>
  drive(environment, { set: (form) => void (form.transport = transport) });
const names = ({ events }: FormDriver) => events.map(({ name }) => name);

describe('a transport of the page', () => {
  it('adds its headers to every request, as they are when it is sent', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    let token = 'first';
    const ui = await driveWith(environment, { headers: () => ({ 'x-csrf-token': token }) });
    await ui.review();
    token = 'second';
    await ui.press(/^Refund /);
    await ui.waitForHeading('accepted the refund');
    expect(environment.requests[0]!.headers.get('x-csrf-token')).to.equal('first');
    const [write] = environment.writes();
    expect(write!.headers.get('x-csrf-token')).to.equal('second');
    expect(write!.headers.get('x-refund-form')).to.equal('1');
  });

  it('takes headers in every form that fetch takes, and from a promise', async () => {
    for (const headers of [
      { 'x-own': 'a' },
      new Headers({ 'x-own': 'a' }),
      [['x-own', 'a']] as [string, string][],
      () => Promise.resolve(new Headers({ 'x-own': 'a' })),
    ]) {
      const environment = fakeEnvironment();
      const ui = await driveWith(environment, { headers });
      await waitUntil(() => ui.form.state === 'editing');
      expect(environment.requests.map((request) => request.headers.get('x-own'))).to.deep.equal(['a', 'a']);
    }
  });

  it('cannot replace the headers that keep a refund from being sent twice', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const headers = {
      'Idempotency-Key': 'mine',
      'X-Refund-Form': '0',
      'X-Expected-Refundable': '1.000',
      'Content-Type': 'text/plain',
    };
    const ui = await driveWith(environment, { headers });
    await ui.send();
    await ui.waitForHeading('accepted the refund');
    const sent = environment.writes()[0]!.headers;
    expect(sent.get('idempotency-key')).to.match(/^0{8}-/);
    expect(sent.get('x-refund-form')).to.equal('1');
    expect(sent.get('x-expected-refundable')).to.equal(SUMMARY.refundable);
    expect(sent.get('content-type')).to.equal('application/json');
  });

  it('sends through the fetch of the page, with its credentials, and then follows no stream', async () => {
    const environment = fakeEnvironment({ events: true });
    environment.on('GET /payments/*', { json: { ...SUMMARY, pending: '5.000' } });
    const seen: RequestCredentials[] = [];
    const ui = await driveWith(environment, {
      credentials: 'include',
      fetch: (input, init) => {
        seen.push(new Request(input, init).credentials);
        return environment.fetch(input, init);
      },
    });
    await waitUntil(() => ui.form.state === 'editing');
    expect(seen).to.deep.equal(['include', 'include']);
    expect(environment.listeners.size).to.equal(0);
    ui.form.transport = undefined;
    await ui.form.refresh();
    await waitUntil(() => environment.listeners.size === 1);
    expect(seen).to.have.length(2);
  });

  it('may be replaced at any moment, and the form keeps its state and what is typed', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await driveWith(environment, { headers: { 'x-own': 'a' } });
    await waitUntil(() => ui.field('amount') !== null);
    ui.type('amount', '12.500');
    ui.form.transport = { headers: { 'x-own': 'b' } };
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('12.500');
    await ui.review();
    const { length } = environment.requests;
    ui.form.transport = { headers: { 'x-own': 'c' } };
    await ui.form.updateComplete;
    expect([ui.form.state, environment.requests.length]).to.deep.equal(['review', length]);
    await ui.press(/^Refund /);
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()[0]!.headers.get('x-own')).to.equal('c');
  });
});

describe('headers of the page that cannot be had while a refund is unknown', () => {
  it('are not called a check without an answer, because nothing was asked', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const ui = await driveWith(environment, undefined);
    await ui.send();
    await ui.waitForHeading('Do not refund again');
    // The read that a send ends with has to be over before requests are counted.
    await ui.form.refresh();
    ui.form.transport = { headers: () => Promise.reject(new Error('No token')) };
    await ui.form.updateComplete;
    const before = environment.requests.length;
    await ui.press('Check status');
    await ui.waitForText('This page could not make the request');
    expect(ui.text()).not.to.contain('got no answer').and.not.to.contain('no money moved');
    expect(environment.requests).to.have.length(before);
  });
});

describe('headers of the page that cannot be had', () => {
  const FAILURES: Readonly<Record<string, NonNullable<Transport['headers']>>> = {
    'a function that throws': () => {
      throw new Error('No token');
    },
    'a promise that is rejected': () => Promise.reject(new Error('No token')),
    'a promise that is never settled': () => new Promise<never>(() => undefined),
    'a name that is no header': () => ({ 'no header': 'a' }),
  };
  for (const [name, headers] of Object.entries(FAILURES)) {
    it(`are known to have sent nothing: ${name}`, async () => {
      // One of the headers never comes.
      const environment = Object.assign(fakeEnvironment(), { timeout: 500 });
      const ui = await driveWith(environment, undefined);
      await ui.review();
      ui.form.transport = { headers };
      await ui.form.updateComplete;
      await ui.press(/^Refund /);
      await ui.waitForText('It was not sent, and no money moved.');
      expect(environment.writes()).to.have.length(0);
      expect(ui.form.state).to.equal('editing');
      expect(ui.field('amount').value).to.equal('12.500');
      expect(names(ui)).to.include('refund-form-refused').and.not.include('refund-form-unknown');
      expect(reported).to.have.length.above(0);
      // The record of the refund is gone, so the next try is a refund of its own.
      ui.form.transport = undefined;
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      await ui.review();
      await ui.press(/^Refund /);
      await ui.waitForHeading('accepted the refund');
      expect(environment.writes()).to.have.length(1);
    });
  }

  it('leave a refund unknown whose first answer was lost', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const ui = await driveWith(environment, undefined);
    await ui.send();
    await ui.waitForText('We don’t know');
    environment.on('GET /payments/*', problemOf('path_not_allowed', 404));
    ui.form.transport = { headers: () => Promise.reject(new Error('No token')) };
    await ui.press('Check status');
    await waitUntil(() => reported.length > 1);
    await ui.waitForText(/Check status/);
    expect(ui.form.state).to.equal('unknown');
    expect(environment.writes()).to.have.length(1);
  });

  it('leave the outcome of a refund unknown when it is the fetch of the page that fails', async () => {
    const environment = fakeEnvironment();
    const ui = await driveWith(environment, undefined);
    await ui.review();
    ui.form.transport = { fetch: () => Promise.reject(new Error('Perhaps it was sent')) };
    await ui.form.updateComplete;
    await ui.press(/^Refund /);
    await ui.waitForText('We don’t know');
  });

  it('leave the outcome unknown when the fetch of the page answers what is no response', async () => {
    for (const made of [{ status: 200, data: {}, headers: { date: '' } }, { ok: true, json: async () => ({}) }, null]) {
      const environment = fakeEnvironment();
      const fetch = async (input: RequestInfo | URL, init?: RequestInit) =>
        new Request(input, init).method === 'POST' ? (made as unknown as Response) : environment.fetch(input, init);
      const ui = await driveWith(environment, { fetch });
      await ui.send();
      await ui.waitForHeading('Do not refund again');
      expect(names(ui)).to.include('refund-form-unknown');
    }
  });

  it('leave the outcome unknown when the fetch of the page never answers and heeds no signal', async () => {
    const environment = Object.assign(fakeEnvironment(), { timeout: 500 });
    const ui = await driveWith(environment, undefined);
    await ui.review();
    ui.form.transport = {
      fetch: (input, init) =>
        new Request(input, init).method === 'POST' ? new Promise(() => {}) : environment.fetch(input, init),
    };
    await ui.form.updateComplete;
    await ui.press(/^Refund /);
    await ui.waitForText('We don’t know');
    expect(names(ui)).to.include('refund-form-unknown');
    await waitUntil(() => ui.buttons().includes('Check status, send if not received'));
  });

  it('keep the payment from being read, which says nothing about the payment', async () => {
    const environment = fakeEnvironment();
    const ui = await driveWith(environment, { headers: () => Promise.reject(new Error('No token')) });
    await ui.waitForHeading('could not be loaded');
    expect(ui.text()).to.contain('could not make the request').and.not.contain('Check your connection');
    expect(environment.requests).to.have.length(0);
    ui.form.transport = undefined;
    await ui.form.refresh();
    expect(ui.form.state).to.equal('editing');
  });
});
