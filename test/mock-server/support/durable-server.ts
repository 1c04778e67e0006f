import { createSandbox } from '../../../mock-server/index.ts';

const [db = '', compactAfter = ''] = process.argv.slice(2);
const sandbox = await createSandbox({ db, dbCompactAfter: Number(compactAfter), clock: 'frozen' });
console.log(sandbox.url);
