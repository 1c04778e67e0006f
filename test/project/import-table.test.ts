import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { violation } from '../lint/boundaries.ts';

describe('the import table', () => {
  const forbidden: [from: string, specifier: string][] = [
    ['contract/money.ts', '../widget/index.ts'],
    ['contract/money.ts', 'node:fs'],
    ['contract/money.ts', 'zod'],
    ['widget/flow/client.ts', '../../mock-server/index.ts'],
    ['widget/flow/client.ts', '../../proxy/index.ts'],
    ['widget/flow/client.ts', 'node:crypto'],
    ['widget/adapters/uqpay.ts', '../../proxy/ledger/rules/states.ts'],
    ['mock-server/msw.ts', '../widget/index.ts'],
    ['mock-server/core/store.ts', '../node.ts'],
    ['mock-server/core/store.ts', 'hono'],
    ['mock-server/core/store.ts', 'node:fs'],
    ['mock-server/index.ts', 'lit'],
    ['mock-server/inspector/main.ts', '../core/handle.ts'],
    ['mock-server/inspector/main.ts', '../client/client.ts'],
    ['proxy/index.ts', '../mock-server/index.ts'],
    ['proxy/index.ts', 'ky'],
    ['verify/world.ts', '../mock-server/index.ts'],
    ['verify/world.ts', '../proxy/index.ts'],
    ['verify/checks/paths.ts', '../../proxy/http/paths.ts'],
    ['demo/start.ts', '../proxy/ledger/rules/states.ts'],
    ['demo/start.ts', '../test/seeded.ts'],
  ];
  for (const [from, specifier] of forbidden) {
    it(`keeps ${from} from importing ${specifier}`, () => assert.notEqual(violation(from, specifier), undefined));
  }

  const allowed: [from: string, specifier: string][] = [
    ['contract/money.ts', './money/decimal.ts'],
    ['contract/uqpay/refund.ts', 'zod/mini'],
    ['widget/flow/client.ts', 'ky'],
    ['widget/element/refund-form.ts', 'lit/directives/repeat.js'],
    ['widget/flow/client.ts', '../../contract/money.ts'],
    ['mock-server/node.ts', './core/handle.ts'],
    ['mock-server/core/store.ts', '../../contract/money.ts'],
    ['mock-server/inspector/main.ts', 'lit'],
    ['mock-server/inspector/sandbox/control.ts', '../../client/answers.ts'],
    ['proxy/ledger/stores/sqlite/sqlite.ts', 'node:sqlite'],
    ['demo/start.ts', '../proxy/index.ts'],
    ['verify/checks/guards.ts', '../../contract/index.ts'],
    ['verify/command.ts', 'commander'],
    ['test/proxy/ledger.test.ts', '../../proxy/ledger/rules/states.ts'],
  ];
  for (const [from, specifier] of allowed) {
    it(`lets ${from} import ${specifier}`, () => assert.equal(violation(from, specifier), undefined));
  }
});
