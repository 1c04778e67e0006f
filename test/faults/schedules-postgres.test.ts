import { after, test } from 'node:test';

import { openGround } from './support/ground.ts';
import { runSchedules } from './support/schedules.ts';
import { PROVIDERS, SHARE } from './support/size.ts';

const ground = await openGround('postgres');
after(() => ground.close());

for (const provider of PROVIDERS) {
  test(`${provider}, PostgreSQL: whatever happens in whatever order, one intent is one refund`, () =>
    runSchedules(ground, provider, SHARE.postgres));
}
