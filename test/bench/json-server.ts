import { createServer } from 'node:http';

import jsonServer from 'json-server';

/** json-server in memory with one collection, started as in its documentation. Prints its port when it listens. */
const app = jsonServer.create();
app.use(jsonServer.bodyParser);
app.use(jsonServer.router({ refunds: [] }, { foreignKeySuffix: 'Id' }));
const server = createServer(app);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) console.log(`listening ${address.port}`);
});
