import { after, test } from 'node:test';

import { openTestbed } from './support/testbed.ts';
import { runSchedules } from './support/schedules.ts';
import { PROVIDERS, SHARE } from './support/size.ts';

const testbed = await openTestbed('sqlite');
after(() => testbed.close());

for (const provider of PROVIDERS) {
  test(`one intent makes at most one refund with ${provider} on SQLite, in any order of events`, () =>
    runSchedules(testbed, provider, SHARE.sqlite));
}
