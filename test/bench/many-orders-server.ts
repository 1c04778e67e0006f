import { createSandbox } from '../../mock-server/index.ts';
import { manyOrders } from './many-orders.ts';

const sandbox = await createSandbox({ port: 0, data: manyOrders() });
console.log(`listening ${sandbox.port}`);
