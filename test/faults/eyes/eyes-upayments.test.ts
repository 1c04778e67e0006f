import { after, test } from 'node:test';

import { openEyes } from './testbed.ts';
import { runEyes } from './schedules.ts';
import { SHARE } from './size.ts';

const eyes = await openEyes();
after(() => eyes.close());

test('upayments: no page shows or sends what is not known, whatever happens in whatever order', () =>
  runEyes(eyes, 'upayments', SHARE.upayments));
