import { createRefundProxy, PostgresLedger, serveProxies, SqliteLedger, uqpay } from '../../proxy/index.ts';
import { CAPTURED } from './many-orders.ts';

/** One instance of the proxy, as a merchant would start it: with SQLite, or with PostgreSQL when there is a schema. */
const { BENCH_SANDBOX: sandbox = '', BENCH_DB: db = '', BENCH_SCHEMA: schema } = process.env;
const ledger = schema === undefined ? new SqliteLedger({ file: db }) : new PostgresLedger({ url: db, schema });
const proxy = createRefundProxy({
  basePath: '',
  provider: uqpay({ baseUrl: `${sandbox}/uqpay/api`, clientId: 'sandbox-client', apiKey: 'sandbox-key' }),
  ledger,
  orders: async (payment_id) => ({ payment_id, currency: 'USD', captured: CAPTURED }),
  authorize: async () => ({ user: 'bench' }),
});
const server = await serveProxies({ proxies: [proxy], port: 0, host: '127.0.0.1' });
console.log(`listening ${server.port}`);
