import { createServer } from 'node:http';

/** The baseline: reads the whole body and answers fixed JSON with the size of a refund. Prints its port when it listens. */
const ANSWER = JSON.stringify({
  payment_refund_id: 'RF1234567890123456789',
  payment_attempt_id: 'PA1234567890123456789',
  amount: '0.01',
  currency: 'USD',
  refund_status: 'INITIATED',
  create_time: '2026-11-01T09:00:00+08:00',
  update_time: '2026-11-01T09:00:00+08:00',
  reason: 'Return good',
  metadata: { customer_id: 'cust_12345', order_id: 'order_6789' },
});

const server = createServer((request, response) => {
  request.on('data', () => undefined);
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
    response.end(ANSWER);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) console.log(`listening ${address.port}`);
});
