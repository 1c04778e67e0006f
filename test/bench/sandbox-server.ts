import { createSandbox } from '../../mock-server/index.ts';
import { RICH } from './refunds.ts';

/** The sandbox as it comes, journal and running clock included. Prints its port when it listens. */
const sandbox = await createSandbox({ port: 0, data: RICH });
console.log(`listening ${sandbox.port}`);
