import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { importsOf, sourcesOf } from '../imports.ts';
import { PROVIDERS } from '../../mock-server/core/providers/index.ts';

const root = path.resolve(import.meta.dirname, '../../mock-server');
const files = sourcesOf(root);
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

describe('the sandbox', () => {
  it('names a provider only in its folder and in the registration', () => {
    const names = PROVIDERS.map(({ name }) => name);
    const naming = files.filter((file) => names.some((name) => textOf(file).toLowerCase().includes(name)));
    const outside = naming.filter((file) => !names.some((name) => file.startsWith(`core/providers/${name}/`)));
    assert.deepEqual(outside, ['core/providers/index.ts']);
  });

  it('has no provider that imports another one', () => {
    for (const { name } of PROVIDERS) {
      const others = PROVIDERS.filter((other) => other.name !== name).map((other) => `core/providers/${other.name}/`);
      for (const file of files.filter((one) => one.startsWith(`core/providers/${name}/`))) {
        const strangers = importsOf(root, file, files).filter((target) =>
          others.some((other) => target.startsWith(other)),
        );
        assert.deepEqual(strangers, [], file);
      }
    }
  });

  it('has an engine that imports no provider and no control API', () => {
    for (const file of files.filter((one) => one.startsWith('core/engine/'))) {
      const outside = importsOf(root, file, files).filter((target) => !target.startsWith('core/engine/'));
      assert.deepEqual(outside, [], file);
    }
  });
});
