import { after, test } from 'node:test';

import { openGround } from './support/ground.ts';
import { runSchedules } from './support/schedules.ts';
import { PROVIDERS, SHARE } from './support/size.ts';

const ground = await openGround('sqlite');
after(() => ground.close());

for (const provider of PROVIDERS) {
  test(`${provider}, SQLite: whatever happens in whatever order, one intent is one refund`, () =>
    runSchedules(ground, provider, SHARE.sqlite));
}
