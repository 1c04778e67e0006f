import { Namespaces } from '../../mock-server/core/namespaces.ts';
import { settleDue } from '../../mock-server/core/engine/settle.ts';
import { serveSandbox } from '../../mock-server/bindings/node.ts';
import { senderOptions, stateOptions } from '../../mock-server/options.ts';
import { INTENT, RICH } from './refunds.ts';
import { fillSandbox } from './sandbox-fill.ts';

/**
 * A sandbox with BENCH_REFUNDS refunds, made by calls as a client would send them but without the network, and with
 * BENCH_SEEDED refunds in its seed. Prints how much memory a refund needs.
 */
const refunds = Number(process.env['BENCH_REFUNDS'] ?? 0);
const seeded = Number(process.env['BENCH_SEEDED'] ?? 0);

const time = '2026-11-01T11:30:00+08:00';
const rows = Array.from({ length: seeded }, (_, index) => ({
  id: `RF9${String(index).padStart(18, '0')}`,
  payment_intent: INTENT,
  payment_attempt: INTENT.replace('PI', 'PA'),
  amount: `${index % 400}.95`,
  currency: 'USD',
  refund_status: 'SUCCEEDED' as const,
  lifecycle: 'default' as const,
  reason: 'Return good',
  metadata: { customer_id: 'cust_12345', order_id: `order_${index}` },
  create_time: time,
  update_time: time,
  complete_time: time,
}));
const options = { data: { ...RICH, uqpay_refunds: rows } };
const namespaces = new Namespaces(stateOptions(options));
const bytes = fillSandbox(namespaces, refunds);
// All refunds settle before the measurement starts.
namespaces.main.clock.advance(60_000);
settleDue(namespaces.main);
if (bytes !== undefined) console.log(`bytes a refund: ${bytes.toFixed(0)}`);
const server = await serveSandbox(namespaces, { port: 0, host: '127.0.0.1', sender: senderOptions(options) });
console.log(`listening ${server.port}`);
