import { startedProxy } from '../../../started-proxy.js';

// The ledger needs Node, and no answer may be stored.
export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

const handle = async (request) => (await startedProxy()).fetch(request);

export {
  handle as DELETE,
  handle as GET,
  handle as HEAD,
  handle as OPTIONS,
  handle as PATCH,
  handle as POST,
  handle as PUT,
};
