import { after, test } from 'node:test';

import { openEyes } from './testbed.ts';
import { runEyes } from './schedules.ts';
import { SHARE } from './size.ts';

const eyes = await openEyes();
after(() => eyes.close());

test('pages of the naive shop show and send only what is known, in any order of events', () =>
  runEyes(eyes, 'naive', SHARE.naive));
