import { createSandbox } from '../../mock-server/index.ts';
import { RICH } from './refunds.ts';

/** The sandbox with its defaults, with journal and running clock. Prints its port when it listens. */
const sandbox = await createSandbox({ port: 0, data: RICH });
console.log(`listening ${sandbox.port}`);
