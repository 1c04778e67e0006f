import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';

import { RecordFileError, SeedWriter, type Recorded } from '../../../mock-server/bindings/record/seed-writer.ts';
import { folder } from './world.ts';

const seed = (id: string): Recorded => ({ rows: { upayments_orders: [{ id }] }, notes: [] });
const ignore = () => undefined;

describe('the file of a recording', () => {
  it('is a seed from its first moment', async (t) => {
    const file = path.join(await folder(t), 'new.json');
    await SeedWriter.open({ file, onError: ignore });
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), {});
  });

  const bad: readonly [name: string, place: (at: string) => string, expected: RegExp][] = [
    ['no folder', (at) => path.join(at, 'missing', 'new.json'), /its folder is not there/],
    ['a folder', (at) => path.join(at, 'folder.json'), /is there already: name another file/],
    ['a file that is there', (at) => path.join(at, 'old.yaml'), /is there already: name another file/],
    ['another ending', (at) => path.join(at, 'seed.txt'), /expected a file that ends with .json, .yaml or .yml/],
  ];
  for (const [name, place, expected] of bad) {
    it(`is refused before anything starts: ${name}`, async (t) => {
      const at = await folder(t);
      await writeFile(path.join(at, 'old.yaml'), 'mine: []\n');
      await mkdir(path.join(at, 'folder.json'));
      const opening = SeedWriter.open({ file: place(at), onError: ignore });
      await assert.rejects(opening, (error) => error instanceof RecordFileError && expected.test(error.message));
      assert.equal(await readFile(path.join(at, 'old.yaml'), 'utf8'), 'mine: []\n');
    });
  }

  it('stays whole when a version fails half-way, and takes the next one', async (t) => {
    const at = await folder(t);
    const file = path.join(at, 'new.json');
    const errors: string[] = [];
    let isFull = false;
    const store = async (draft: string, text: string) => {
      await writeFile(draft, isFull ? text.slice(0, text.length / 2) : text);
      if (isFull) throw new Error('ENOSPC: no space left on device');
    };
    const writer = await SeedWriter.open({ file, store, onError: ({ message }) => errors.push(message) });
    writer.write(() => seed('first'));
    await writer.close();
    isFull = true;
    writer.write(() => seed('second'));
    await assert.rejects(writer.close(), /was left as it was: ENOSPC/);
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), seed('first').rows);
    assert.deepEqual(await readdir(at), ['new.json']);
    assert.equal(errors.length, 1);
    isFull = false;
    writer.write(() => seed('third'));
    await writer.close();
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), seed('third').rows);
  });

  it('takes away the drafts of processes that were killed, and no other file', async (t) => {
    const at = await folder(t);
    const file = path.join(at, 'new.json');
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const running = process.ppid;
    const kept = [`new.json.${running}.draft`, 'new.json.mine.draft', `old.json.${ended}.draft`, 'new.json.draft'];
    for (const name of [`new.json.${ended}.draft`, `new.json.${process.pid}.draft`, ...kept]) {
      await writeFile(path.join(at, name), '{');
    }
    await SeedWriter.open({ file, onError: assert.fail });
    assert.deepEqual((await readdir(at)).toSorted(), ['new.json', ...kept].toSorted());
  });

  it('has the last of many versions', async (t) => {
    const file = path.join(await folder(t), 'new.json');
    const writer = await SeedWriter.open({ file, onError: ignore });
    let rendered = 0;
    for (let index = 0; index < 100; index += 1) {
      writer.write(() => {
        rendered += 1;
        return seed(`order-${index}`);
      });
    }
    await writer.close();
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), seed('order-99').rows);
    assert.ok(rendered <= 2, `${rendered} versions were written`);
  });
});
