import path from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';

import { createSandbox } from '../../mock-server/index.ts';
import { makeTraffic } from '../docs/inspector-traffic.ts';
import { expect, INTENT, KNET, openReceiver, shell, test } from './inspector-fixtures.ts';

const VIEWS = ['Calls', 'Payments', 'Scenarios', 'Webhooks', 'Data'];

test('a call appears while the page is open, and unfolds to its request and its answer', async ({
  inspector,
  refund,
}) => {
  await inspector.open();
  await expect(inspector.page.getByText('No call yet.')).toBeVisible();
  expect(await refund(10)).toBe(201);
  const call = inspector.button(/POST 201 \/upayments\/api\/v1\/create-refund/);
  await expect(call).toBeVisible();
  await expect(call).toHaveAttribute('aria-expanded', 'false');
  await call.click();
  await expect(call).toHaveAttribute('aria-expanded', 'true');
  const panel = inspector.rows().first().locator('.panel');
  await expect(panel).toContainText('"totalPrice": 10');
  await expect(panel).toContainText('"message": "Refund invoice generated successfully"');
  await panel.getByText('2 decisions of ours are behind this answer').click();
  await expect(panel.getByText('upayments.settling-time')).toBeVisible();
  // The row that is open stays open while others come.
  await refund(5);
  await expect(inspector.rows()).toHaveCount(2);
  await expect(call.last()).toHaveAttribute('aria-expanded', 'true');
});

test('the filter finds calls, and names the closest ones when none fits', async ({
  inspector,
  refund,
  page,
  sandbox,
}) => {
  await refund(10);
  await refund(1_000);
  await fetch(`${sandbox.upaymentsUrl}/create-refunds`, {
    method: 'POST',
    headers: { authorization: 'Bearer jtest123' },
  });
  await inspector.open();
  await expect(inspector.rows()).toHaveCount(3);
  await page.getByLabel('Status').selectOption('2xx');
  await expect(inspector.rows()).toHaveCount(1);
  await expect(page.getByText('1 of 3 calls')).toBeVisible();
  await page.getByLabel('Provider').selectOption('UQPAY');
  await expect(page.getByText('No call fits this filter.')).toBeVisible();
  await expect(page.locator('.misses li').first()).toContainText('provider is UPayments, not UQPAY');
  await inspector.button('Clear the filter').click();
  await page.getByLabel('Path, id or key').fill('create-refunds');
  await inspector.button(/create-refunds/).click();
  await expect(page.getByText('No route of this provider has this method and path.')).toBeVisible();
  await expect(page.getByText('POST /upayments/api/v1/create-refund', { exact: true })).toBeVisible();
});

test('a call that is copied as curl does the same when it is run', async ({
  inspector,
  control,
  sandbox,
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const signIn = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
  const token = await fetch(`${sandbox.uqpayUrl}/v1/connect/token`, { method: 'POST', headers: signIn });
  const { auth_token: value } = (await token.json()) as { auth_token: string };
  const headers = {
    'x-auth-token': `Bearer ${value}`,
    'content-type': 'application/json',
    'x-client-id': 'sandbox-client',
  };
  const body = JSON.stringify({ payment_intent_id: INTENT, amount: '10.01', reason: "Customer's wish" });
  const create = {
    method: 'POST',
    headers: { ...headers, 'x-idempotency-key': '3f0c9d2e-4b4c-4f57-9a53-0d7c3a1f5b10' },
    body,
  };
  const first = await (await fetch(`${sandbox.uqpayUrl}/v2/payment/refunds`, create)).text();
  const connected = { ...headers, 'x-on-behalf-of': 'c0a80101-0000-4000-8000-000000000001' };
  const list = `${sandbox.uqpayUrl}/v2/payment/refunds?page_number=1&page_size=10`;
  const listed = await (await fetch(list, { headers: connected })).text();
  await inspector.open();

  const copied = async (call: RegExp) => {
    await inspector.button(call).last().click();
    await page.locator('.row.open').getByRole('button', { name: 'Copy as curl' }).click();
    await inspector.said('The command is copied.');
    await inspector.button(call).last().click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  // The same idempotency key, so the sandbox answers with the same refund and makes no second one.
  expect(await shell(await copied(/POST 200 .*refunds/))).toBe(first);
  expect(await control.count({ route: 'create_refund', replayed: true })).toBe(1);
  expect(await control.db('uqpay_refunds')).toHaveLength(4);
  expect(await shell(await copied(/GET 200 .*page_size/))).toBe(listed);
  expect(await shell(await copied(/connect\/token/))).toContain('"auth_token"');
});

test('a browser that lets nobody copy shows the command, selected', async ({ inspector, refund, page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
  });
  await refund(10);
  await inspector.open();
  await inspector.button(/create-refund/).click();
  await inspector.button('Copy as curl').click();
  await inspector.said('The browser did not let the page copy.');
  const command = page.getByLabel('Command');
  await expect(command).toBeFocused();
  await expect(command).toHaveValue(/^curl -s -X POST /);
  expect(await page.evaluate(() => getSelection()?.toString())).toMatch(/^curl -s -X POST /);
});

test('the clock settles a refund, and its life and the bar of its payment show it', async ({
  inspector,
  refund,
  page,
}) => {
  await refund(12.5);
  await inspector.open('Payments');
  const row = inspector.rows().first();
  await expect(row).toContainText(KNET);
  const life = row.getByRole('region', { name: /^Life of refund/ }).getByRole('listitem');
  await expect(life).toHaveText([/initiated \(now\)\s*09:00:00/, /refunded \(still to come\)\s*in 4 h/]);
  await expect(row.getByRole('button').first()).toHaveAccessibleName(
    /Refunded ?0\.000 Pending ?12\.500 Refundable ?20\.250 Captured ?KWD\s32\.750/,
  );
  await expect(row.locator('rect.pending')).toHaveAttribute('width', /^38\.1/);
  await inspector.button('+4 h').click();
  await inspector.said('The clock is 4 h ahead of where it was.');
  await expect(life).toHaveText([/initiated \(reached\)\s*09:00:00/, /refunded \(now\)\s*13:00:00/]);
  await expect(row.locator('rect.pending')).toHaveCount(0);
  await expect(row.locator('rect.refunded')).toHaveAttribute('width', /^38\.1/);
  await expect(page.getByText('Frozen · nothing is due')).toBeVisible();
});

test('the clock can go to the next event, run, stop, and be set; an odd time is refused in words', async ({
  inspector,
  refund,
  control,
  page,
}) => {
  await refund(1);
  await inspector.open();
  await inspector.button('Next event').click();
  await expect(page.getByText('13:00:00')).toBeVisible();
  await inspector.button('Run').click();
  await inspector.said('The clock runs.');
  expect((await control.clock()).mode).toBe('running');
  await inspector.button('Freeze').click();
  await inspector.said('The clock stands still.');
  await page.getByText('Set the clock').click();
  await page.getByLabel('Set to').fill('tomorrow');
  await inspector.button(/^Set$/).click();
  await expect(page.getByRole('alert')).toContainText(
    'set: expected a time such as 2026-11-01T09:00:00+08:00, received the string "tomorrow"',
  );
  await page.getByLabel('Set to').fill('2026-12-24T18:00:00+08:00');
  await inspector.button(/^Set$/).click();
  await expect(page.getByRole('region', { name: 'Clock' })).toContainText('24 Dec 2026 18:00:00');
  await page.keyboard.press('Escape');
  await expect(page.getByLabel('Set to')).toBeHidden();
});

test('a fault that is switched on makes the next call fail, and goes off by itself', async ({
  inspector,
  refund,
  control,
  page,
}) => {
  await inspector.open('Scenarios');
  const fault = page.getByRole('switch', { name: 'drop_after_commit' });
  await fault.check();
  await inspector.said('drop_after_commit is on.');
  await expect(page.getByText('1 call left')).toBeVisible();
  await expect(refund(10)).rejects.toThrow('fetch failed');
  await expect(fault).not.toBeChecked();
  expect(await refund(5)).toBe(201);
  await inspector.show('Calls');
  await inspector.button(/POST No answer .*create-refund drop_after_commit dropped/).click();
  await expect(page.getByText('drop_after_commit: Carried out, then the connection is dropped')).toBeVisible();

  await inspector.show('Scenarios');
  await page.getByLabel('How often').selectOption('Until switched off');
  await page.getByLabel('Provider').selectOption('UPayments');
  await page.getByRole('switch', { name: 'server_error' }).check();
  await expect(page.getByText('until switched off · UPayments · status=500')).toBeVisible();
  expect([await refund(1), await refund(1)]).toEqual([500, 500]);
  await page.getByRole('switch', { name: 'server_error' }).uncheck();
  await inspector.said('server_error is off.');
  expect(await refund(1)).toBe(201);
  expect((await control.journal({ scenario: 'server_error' })).length).toBe(2);
});

test('a scenario that the sandbox refuses stays off, and the page says why', async ({ inspector, page }) => {
  await inspector.open('Scenarios');
  await page.getByLabel('Payment id').fill('PI0');
  const fail = page.getByRole('switch', { name: 'fail', exact: true });
  await fail.click();
  await expect(page.getByRole('alert')).toContainText('payment_id: no payment "PI0" of uqpay');
  await expect(fail).not.toBeChecked();
});

test('an endpoint that is added gets webhooks, and one of them again when it is resent', async ({
  inspector,
  sandbox,
  control,
  page,
}) => {
  await using receiver = await openReceiver();
  receiver.answerWith(503);
  await inspector.open('Webhooks');
  await page.getByText('Add an endpoint').click();
  await page.getByLabel('Address').fill('https://example.com/webhooks');
  await inspector.button(/^Add$/).click();
  await expect(page.getByRole('alert')).toContainText('url:');
  await page.getByLabel('Address').fill(receiver.url);
  await inspector.button(/^Add$/).click();
  await inspector.said('The endpoint is added.');
  await makeUqpayRefund(sandbox.uqpayUrl);
  const webhook = inspector.rows().first();
  await expect(webhook).toContainText('acquiring.refund.created');
  await expect(webhook).toContainText('1 attempt');
  await expect(webhook).toContainText('503');
  receiver.answerWith(200);
  await webhook.getByRole('button', { name: /^Resend wd_/ }).click();
  await inspector.said(/Webhook wd_\d+ is sent again\./);
  await expect(webhook).toContainText('Delivered 200');
  await expect(webhook).toContainText('2 attempts');
  expect(receiver.received).toHaveLength(2);
  expect(receiver.received[1]).toBe(receiver.received[0]);
  await webhook.getByRole('button').first().click();
  await expect(webhook.locator('.attempts li')).toHaveText([
    /Attempt 1\s*09:00:00\s*503/,
    /Attempt 2\s*09:00:00\s*200/,
  ]);
  await inspector.button(/^Remove/).click();
  await inspector.said('The endpoint is removed.');
  expect(await control.webhookEndpoints()).toEqual([]);
});

async function makeUqpayRefund(base: string, amount = '1.00'): Promise<void> {
  const signIn = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
  const token = await fetch(`${base}/v1/connect/token`, { method: 'POST', headers: signIn });
  const { auth_token: value } = (await token.json()) as { auth_token: string };
  await fetch(`${base}/v2/payment/refunds`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-client-id': 'sandbox-client',
      'x-auth-token': `Bearer ${value}`,
      'x-idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify({ payment_intent_id: INTENT, amount, reason: 'Return good' }),
  });
}

test('a row that is edited shows in the API, and a rule that it breaks in words', async ({
  inspector,
  control,
  page,
  sandbox,
}) => {
  await inspector.open('Data');
  await page.getByLabel('Collection').selectOption('upayments_orders (8)');
  await inspector.button(`Edit ${KNET}`).click();
  const json = page.getByLabel('Row as JSON');
  await expect(json).toBeFocused();
  await expect(json).toHaveValue(/"total_price": "32\.750"/);
  const change = async (from: string, to: string) => json.fill((await json.inputValue()).replace(from, to));
  await change('"32.750"', '32.750');
  await inspector.button('Save').click();
  await expect(page.getByRole('alert')).toContainText('total_price: expected a string, received the number 32.75');
  await change('32.750,', '"32.750"');
  await inspector.button('Save').click();
  await expect(page.getByRole('alert')).toContainText('This is not a JSON object');
  await change('"total_price": "32.750"', '"total_price": "99.500",');
  await inspector.button('Save').click();
  await inspector.said('is saved.');
  const status = await fetch(`${sandbox.upaymentsUrl}/get-payment-status/20261101090000000002`, {
    headers: { authorization: 'Bearer jtest123' },
  });
  expect(await status.text()).toContain('99.5');
  await expect(page.getByRole('cell', { name: '99.500' })).toBeVisible();
  await expect(inspector.button(`Edit ${KNET}`)).toBeFocused();
  expect((await control.db('upayments_orders')).find(({ id }) => id === KNET)?.['total_price']).toBe('99.500');
});

test('the rows follow an edit of another program and a restored snapshot', async ({
  inspector,
  control,
  page,
  sandbox,
}) => {
  await makeUqpayRefund(sandbox.uqpayUrl);
  const snapshot = await control.snapshot();
  const refund = (await control.db('uqpay_refunds')).find(({ payment_intent: of }) => of === INTENT);
  await inspector.open('Data');
  await page.getByLabel('Collection').selectOption({ label: 'uqpay_refunds (4)' });
  const cell = (name: string) => page.getByRole('cell', { name, exact: true });
  await expect(cell('INITIATED')).toBeVisible();
  const body = JSON.stringify({ refund_status: 'FAILED' });
  const edited = await fetch(`${sandbox.url}/_sandbox/db/uqpay_refunds/${String(refund?.['id'])}`, {
    method: 'PATCH',
    body,
  });
  expect(edited.status).toBe(200);
  await expect(cell('FAILED')).toBeVisible();
  await control.restore(snapshot);
  await expect(cell('INITIATED')).toBeVisible();
  await expect(cell('FAILED')).toBeHidden();
});

test('the focus stays on its row when another program deletes the row above', async ({
  inspector,
  control,
  page,
  sandbox,
}) => {
  await inspector.open('Data');
  await page.getByLabel('Collection').selectOption({ label: 'uqpay_refunds (3)' });
  const [first, second] = (await control.db('uqpay_refunds')).map(({ id }) => String(id));
  const button = (id = '') => page.getByRole('button', { name: id });
  await button(second).focus();
  await fetch(`${sandbox.url}/_sandbox/db/uqpay_refunds/${first}`, { method: 'DELETE' });
  await expect(button(first)).toBeHidden();
  await expect(button(second)).toBeFocused();
});

test('an edit takes back nothing that changed meanwhile', async ({ inspector, control, page, sandbox }) => {
  await makeUqpayRefund(sandbox.uqpayUrl);
  const refundOf = async () => (await control.db('uqpay_refunds')).find(({ payment_intent: of }) => of === INTENT);
  const id = String((await refundOf())?.['id']);
  await inspector.open('Data');
  await page.getByLabel('Collection').selectOption({ label: 'uqpay_refunds (4)' });
  await inspector.button(`Edit ${id}`).click();
  const json = page.getByLabel('Row as JSON');
  await expect(json).toHaveValue(/INITIATED/);
  await json.fill((await json.inputValue()).replace('Return good', 'Wrong size'));
  await control.advance('PT20S');
  await inspector.button('Save').click();
  await expect(page.getByRole('alert')).toContainText(
    'The row has changed since you opened it: refund_status, update_time, complete_time.',
  );
  await inspector.button('Save').click();
  await inspector.said('is saved.');
  expect(await refundOf()).toMatchObject({ refund_status: 'SUCCEEDED', reason: 'Wrong size' });
});

test('what is typed about a row is kept until it is saved or discarded', async ({ inspector, control, page }) => {
  await inspector.open('Data');
  await page.getByLabel('Collection').selectOption({ label: 'uqpay_refunds (3)' });
  const [first = '', second = ''] = (await control.db('uqpay_refunds')).map(({ id }) => String(id));
  const json = page.getByLabel('Row as JSON');
  const kept = page.getByText('This is what you typed before. It is not saved.');
  await inspector.button(`Edit ${first}`).click();
  await expect(json).toHaveValue(new RegExp(first));
  await expect(kept).toBeHidden();
  await json.fill('{ "reason": "half a sen');
  await json.press('Escape');
  await expect(json).toBeHidden();
  await inspector.button(`Edit ${first}`).click();
  await expect(json).toHaveValue('{ "reason": "half a sen');
  await expect(kept).toBeVisible();
  // Another row, and another view.
  await inspector.button(`Edit ${second}`).click();
  await expect(json).toHaveValue(new RegExp(second));
  await expect(kept).toBeHidden();
  await page.getByRole('link', { name: 'Payments' }).click();
  await page.getByRole('link', { name: 'Data' }).click();
  await page.getByLabel('Collection').selectOption({ label: 'uqpay_refunds (3)' });
  await inspector.button(`Edit ${first}`).click();
  await expect(json).toHaveValue('{ "reason": "half a sen');
  await inspector.button('Discard it').click();
  await expect(json).toHaveValue(new RegExp(first));
  await expect(kept).toBeHidden();
});

test('a row can be added and deleted', async ({ inspector, control, page }) => {
  await inspector.open('Data');
  await page.getByLabel('Collection').selectOption({ label: 'uqpay_accounts (1)' });
  await inspector.button('New row').click();
  await page.getByLabel('Row as JSON').fill('{"id":"c0a80101-0000-4000-8000-000000000099","name":"Second shop"}');
  await inspector.button('Create').click();
  await inspector.said('is created.');
  await inspector.button('Edit c0a80101-0000-4000-8000-000000000099').click();
  await inspector.button('Delete').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await inspector.said('is deleted.');
  expect((await control.db('uqpay_accounts')).some(({ name }) => name === 'Second shop')).toBe(false);
});

test('the reset asks first, and goes back to the seed', async ({ inspector, refund, control, page }) => {
  await refund(10);
  await inspector.open();
  await expect(inspector.rows()).toHaveCount(1);
  await page.getByText('State', { exact: true }).click();
  await inspector.button('Reset to the seed').click();
  const question = page.getByRole('dialog', { name: 'Reset this namespace?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  expect(await control.count()).toBe(1);
  await page.getByText('State', { exact: true }).click();
  await inspector.button('Reset to the seed').click();
  await question.getByRole('button', { name: 'Reset to the seed' }).click();
  await inspector.said('The namespace is as it was at the start.');
  await expect(page.getByText('No call yet.')).toBeVisible();
  expect(await control.db('upayments_refunds')).toHaveLength(2);
  // The numbers begin again: the next call is the first one.
  await refund(5);
  await inspector.button(/create-refund/).click();
  await expect(inspector.rows().first().locator('.panel')).toContainText('"totalPrice": 5');
});

test('a snapshot brings a state back, from the page and from its file', async ({
  inspector,
  refund,
  control,
  page,
}) => {
  await inspector.open();
  const state = page.getByText('State', { exact: true });
  await state.click();
  await inspector.button('Save a snapshot').click();
  await inspector.said('The snapshot of 09:00:00');
  const download = page.waitForEvent('download');
  await inspector.button('Download 09:00:00').click();
  const file = await (await download).path();
  await refund(10);
  expect(await control.db('upayments_refunds')).toHaveLength(3);
  await inspector.button('Restore 09:00:00').click();
  await inspector.said('The sandbox is back at 09:00:00.');
  expect(await control.db('upayments_refunds')).toHaveLength(2);
  await refund(10);
  await page.getByLabel('Restore from a file').setInputFiles(file);
  // It names the file: the last notice began with the same words.
  await inspector.said(`The sandbox is back at ${path.basename(file)}.`);
  expect(await control.db('upayments_refunds')).toHaveLength(2);
});

test('namespaces have calls of their own, and one that a test deletes does not come back', async ({
  inspector,
  refund,
  control,
  sandbox,
  page,
}) => {
  await refund(10);
  await inspector.open();
  await expect(inspector.rows()).toHaveCount(1);
  await page.getByText('Namespace default', { exact: true }).click();
  await page.getByLabel('New namespace').fill('checkout-42');
  await inspector.button('Create and open').click();
  await expect(page).toHaveURL(/\/ns\/checkout-42\/_sandbox\/$/);
  await expect(page.getByText('No call yet.')).toBeVisible();
  await refund(20, { base: `${sandbox.url}/ns/checkout-42/upayments/api/v1` });
  await expect(inspector.button(/\/ns\/checkout-42\/upayments/)).toBeVisible();
  await expect(inspector.rows()).toHaveCount(1);
  expect(await control.count()).toBe(1);

  await control.deleteNamespace('checkout-42');
  await expect(page.getByText('There is no namespace “checkout-42”.')).toBeVisible();
  // It read many times meanwhile.
  await expect(page.getByText('Gone', { exact: true })).toBeVisible();
  expect(await control.namespaces()).toEqual([]);
  await inspector.button('Create it').click();
  await expect(page.getByText('No call yet.')).toBeVisible();
  await page.getByText('Namespace checkout-42', { exact: true }).click();
  await page.getByRole('link', { name: 'default' }).click();
  await expect(inspector.rows()).toHaveCount(1);
});

test('the page reads nothing while it is hidden, and catches up afterwards', async ({ inspector, refund, page }) => {
  await page.clock.install();
  await inspector.open();
  const setHidden = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await setHidden(true);
  // A read that was on its way may still end.
  await page.waitForLoadState('networkidle');
  let requests = 0;
  page.on('request', () => (requests += 1));
  await refund(10);
  await page.clock.runFor('01:00');
  expect(requests).toBe(0);
  await expect(inspector.rows()).toHaveCount(0);
  await setHidden(false);
  await expect(inspector.rows()).toHaveCount(1);
  expect(requests).toBeGreaterThan(0);
});

test('the page says so when the sandbox stops, and shows the one that is started again', async ({
  inspector,
  refund,
  sandbox,
  page,
}) => {
  await refund(10);
  await refund(10);
  await inspector.open();
  await expect(inspector.rows()).toHaveCount(2);
  await sandbox.close();
  await expect(page.getByText('The sandbox does not answer.')).toBeVisible();
  await using again = await createSandbox({ port: sandbox.port });
  expect(again.url).toBe(sandbox.url);
  await refund(5);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(inspector.rows()).toHaveCount(1);
  await inspector.button(/create-refund/).click();
  await expect(inspector.rows().first().locator('.panel')).toContainText('"totalPrice": 5');
});

test('nothing is asked of another origin, and everything can be reached by keyboard', async ({
  inspector,
  refund,
  page,
  sandbox,
}) => {
  const origins = new Set<string>();
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http')) origins.add(origin);
  });
  await refund(10);
  await inspector.open();
  for (const view of VIEWS) await inspector.show(view);
  expect([...origins]).toEqual([sandbox.url]);
  await page.goto(`${sandbox.url}/_sandbox/`);
  await expect(inspector.button(/create-refund/)).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  const call = inspector.button(/create-refund/);
  for (let presses = 0; presses < 6; presses += 1) {
    if (await call.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await expect(call).toHaveAttribute('aria-expanded', 'true');
});

test('the header fits a window of 320 px, however long the name of the namespace is', async ({ page, sandbox }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  for (const name of ['checkout-42', 'n'.repeat(64)]) {
    await page.goto(`${sandbox.url}/ns/${name}/_sandbox/`);
    await expect(page.getByText('State', { exact: true })).toBeVisible();
    await expect(page.locator('.menu.namespace summary bdi')).toHaveText(name);
    const { x, width } = (await page.locator('state-menu').boundingBox())!;
    expect(x + width).toBeLessThanOrEqual(320);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  }
});

test('every sheet fits a window of 360 px', async ({ inspector, page }) => {
  await page.setViewportSize({ width: 360, height: 800 });
  await inspector.open('Webhooks');
  const sheets = page.locator('details.menu');
  await expect(sheets).toHaveCount(4);
  for (const sheet of await sheets.all()) {
    await sheet.locator('summary').click();
    const { x, width } = (await sheet.locator('.sheet').boundingBox())!;
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(360);
    await page.keyboard.press('Escape');
    await expect(sheet.locator('.sheet')).toBeHidden();
    await expect(sheet.locator('summary')).toBeFocused();
  }
});

/** Colours do not depend on the width, and places do not depend on the colours. */
const LOOKS = [
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 360 },
] as const;

for (const { colorScheme, width } of LOOKS) {
  for (const view of VIEWS) {
    test(`axe finds nothing in ${view}, ${colorScheme}, and it fits a window of ${width} px`, async ({
      inspector,
      sandbox,
      page,
    }) => {
      // Axe computes the colours behind each text.
      test.slow();
      await makeTraffic(sandbox);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await inspector.open(view);
      if (view === 'Calls') await inspector.button(/drop_after_commit/).click();
      if (view === 'Scenarios') await page.getByRole('switch', { name: 'latency' }).check();
      if (view === 'Webhooks') await inspector.rows().first().getByRole('button').first().click();
      if (view === 'Data') {
        await inspector.button(/^Edit/).first().click();
        await expect(page.getByLabel('Row as JSON')).toHaveValue(/id/);
      }
      await page.getByText('State', { exact: true }).click();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    });
  }
}
