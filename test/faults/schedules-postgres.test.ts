import { after, test } from 'node:test';

import { openTestbed } from './support/testbed.ts';
import { runSchedules } from './support/schedules.ts';
import { PROVIDERS, SHARE } from './support/size.ts';

const testbed = await openTestbed('postgres');
after(() => testbed.close());

for (const provider of PROVIDERS) {
  test(`${provider}, PostgreSQL: whatever happens in whatever order, one intent is one refund`, () =>
    runSchedules(testbed, provider, SHARE.postgres));
}
