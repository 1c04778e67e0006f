import { createSandbox } from '../../mock-server/index.ts';

const sandbox = await createSandbox({ port: 0 });
console.log(`listening ${sandbox.port}`);
