import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import { runInit } from '../../bin/init/init.ts';
import { packages } from '../../bin/init/packages.ts';
import { filesOf } from '../../bin/init/project.ts';
import { SERVERS } from '../../bin/init/servers.ts';
import { quoted } from '../../bin/init/shell.ts';

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-form-init-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs init. `typed`: what a person types in a terminal; without it there is no terminal. */
async function init(args: readonly string[], typed?: string) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const [input, output] = [new PassThrough(), new PassThrough()];
  if (typed !== undefined) input.end(typed);
  const code = await runInit({
    args,
    terminal: typed === undefined ? undefined : { input, output },
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
  });
  output.end();
  return { code, printed: printed.join('\n'), complaint: complaints.join('\n'), asked: await text(output) };
}

const onWindows = process.platform === 'win32' && 'the command is for a POSIX shell';
const CHOSEN = ['--server', 'express', '--provider', 'uqpay'];
const PAGE_FILES = {
  express: 'public/index.html',
  hono: 'public/index.html',
  next: 'app/page.jsx',
  flask: 'public/index.html',
  php: 'public/index.html',
} as const;
const filesIn = (folder: string) => readdirSync(folder, { recursive: true }).map(String).toSorted();
const read = (...parts: string[]) => readFileSync(path.join(...parts), 'utf8');

describe('refund-form init', () => {
  for (const [server, pageFile] of Object.entries(PAGE_FILES)) {
    for (const provider of ['uqpay', 'upayments']) {
      it(`writes a whole project with one origin: ${server}, ${provider}`, async (t) => {
        const folder = path.join(emptyFolder(t), 'shop');
        const { code, complaint, printed } = await init([folder, '--server', server, '--provider', provider]);
        assert.deepEqual([code, complaint], [0, '']);
        const files = filesIn(folder);
        for (const file of ['README.md', 'package.json', '.env.example', '.gitignore', 'seed.yaml', pageFile])
          assert.ok(files.includes(path.normalize(file)), file);
        for (const file of files.filter((name) => statSync(path.join(folder, name)).isFile())) {
          assert.ok(!read(folder, file).includes('{{'), `${file} has a placeholder`);
        }
        const manifest = JSON.parse(read(folder, 'package.json')) as { name: string };
        assert.equal(manifest.name, 'shop');
        const page = read(folder, pageFile);
        assert.match(
          page,
          new RegExp(`<(?:refund-form|RefundForm) .*provider="${provider}" endpoint="/refunds/${provider}"`),
        );
        const payment = /(?:payment-id="|: ')([^"']+)["']/.exec(page)?.[1] ?? '';
        assert.ok(read(folder, 'seed.yaml').includes(payment), 'the page opens a payment of the seed');
        assert.ok(printed.includes('npm install'));
      });
    }
  }

  it('names the choices of its help in the README and in docs/start.md', async () => {
    const { code, printed } = await init(['--help']);
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(SERVERS), Object.keys(PAGE_FILES));
    for (const server of Object.keys(SERVERS)) {
      assert.match(printed, new RegExp(`^ {23}${server} `, 'm'));
      for (const page of ['README.md', 'docs/start.md'])
        assert.ok(read(page).includes(`\`--server ${server}\``), `${server} in ${page}`);
    }
  });

  it('says what a server needs before it starts', async (t) => {
    const commands = async (server: string) => {
      const { printed } = await init([path.join(emptyFolder(t), 'shop'), '--server', server, '--provider', 'uqpay']);
      return printed;
    };
    assert.match(await commands('flask'), /^ {2}pip install -r requirements\.txt$/m);
    assert.match(await commands('next'), /^ {2}npm run dev {7}# in another one/m);
    assert.doesNotMatch(await commands('express'), /pip|npm run dev/);
  });

  it('takes a folder with spaces, whose name npm would not take', async (t) => {
    const folder = path.join(emptyFolder(t), 'My shop');
    const { code, printed } = await init([folder, ...CHOSEN]);
    assert.equal(code, 0);
    assert.ok(printed.includes(`\n  cd ${quoted(folder)}\n`));
    assert.equal((JSON.parse(read(folder, 'package.json')) as { name: string }).name, 'refunds');
  });

  it('prints a command that enters the folder, whatever it is called', { skip: onWindows }, async (t) => {
    const parent = emptyFolder(t);
    for (const name of ['My shop', 'my $hop', '$HOME`x`', `it's "q"`, '-dash', '-', '~', 'back\\slash', '*']) {
      mkdirSync(path.join(parent, name));
      const cd = `cd ${quoted(name)} && pwd`;
      assert.equal(
        execFileSync('sh', ['-c', cd], { cwd: parent, encoding: 'utf8' }),
        `${path.join(parent, name)}\n`,
        cd,
      );
    }
    assert.deepEqual(
      ['shop', '../shop', '/tmp/shop-1'].map((name) => quoted(name)),
      ['shop', '../shop', '/tmp/shop-1'],
    );
    const folder = path.join(parent, "it's");
    assert.ok((await init([folder, ...CHOSEN])).printed.includes(`\n  cd ${quoted(folder)}\n`));
  });

  it('quotes a folder as the shells of Windows take it', () => {
    assert.equal(quoted(String.raw`C:\My shop`, 'win32'), String.raw`"C:\My shop"`);
    assert.equal(quoted(String.raw`C:\shop`, 'win32'), String.raw`C:\shop`);
  });

  it('brings no compiled Python along', (t) => {
    const from = path.join(emptyFolder(t), 'python');
    mkdirSync(path.join(from, '__pycache__'), { recursive: true });
    writeFileSync(path.join(from, '__pycache__/ledger.cpython-311.pyc'), '\0');
    writeFileSync(path.join(from, 'ledger.py'), '');
    const layer = { from: from.replaceAll('\\', '/'), to: 'refunds', files: ['ledger.py'] };
    assert.deepEqual(filesOf([layer], {}), [{ path: 'refunds/ledger.py', text: '' }]);
  });

  it('carries out the line of the README', async (t) => {
    const line = /npm run new -- (.+?)\s+#/.exec(read('README.md'))?.[1] ?? assert.fail('no such line');
    const [folder = '', ...flags] = line.split(' ');
    const target = path.join(emptyFolder(t), path.basename(folder));
    const { code, complaint } = await init([target, ...flags]);
    assert.deepEqual([code, complaint], [0, '']);
    assert.ok(filesIn(target).includes('server.js'));
  });

  it('says which flags there are when one is misspelt', async (t) => {
    const { code, complaint } = await init([path.join(emptyFolder(t), 'shop'), '--srver', 'php']);
    assert.deepEqual([code, complaint], [2, "Unknown option '--srver': expected --server, --provider or --help"]);
  });

  it('says which file is in the way, and writes nothing', async (t) => {
    const folder = emptyFolder(t);
    writeFileSync(path.join(folder, 'notes.txt'), 'mine');
    mkdirSync(path.join(folder, '.git'));
    const { code, complaint } = await init([folder, ...CHOSEN]);
    assert.equal(code, 1);
    assert.equal(
      complaint,
      `notes.txt is in the way in ${folder}: init writes only into a new or an empty folder, and has written nothing`,
    );
    assert.deepEqual(filesIn(folder), ['.git', 'notes.txt']);
    const file = path.join(folder, 'notes.txt');
    const onFile = await init([file, ...CHOSEN]);
    assert.deepEqual([onFile.code, read(file)], [1, 'mine']);
    assert.match(onFile.complaint, /notes\.txt is a file/);
  });

  it('says in one sentence what the system does not let it write', async (t) => {
    const folder = emptyFolder(t);
    writeFileSync(path.join(folder, 'notes.txt'), 'mine');
    for (const name of ['notes.txt/shop', 'a'.repeat(300)]) {
      const { code, complaint } = await init([path.join(folder, name), ...CHOSEN]);
      assert.equal(code, 1);
      assert.match(complaint, /^init cannot write into .*: E[A-Z]+: [^\n]+$/);
    }
    assert.deepEqual(filesIn(folder), ['notes.txt']);
  });

  it('writes into a folder that only a new repository is in, and not a second time', async (t) => {
    const folder = emptyFolder(t);
    mkdirSync(path.join(folder, '.git'));
    assert.equal((await init([folder, ...CHOSEN])).code, 0);
    const page = read(folder, 'public/index.html');
    const again = await init([folder, '--server', 'php', '--provider', 'upayments']);
    assert.equal(again.code, 1);
    assert.match(again.complaint, /^\.env\.example, \.gitignore, .* and \d+ more are in the way/);
    assert.equal(read(folder, 'public/index.html'), page);
  });

  it('names the choices where it cannot ask, and for a value that is none', async (t) => {
    const folder = emptyFolder(t);
    const faults: [readonly string[], string | RegExp][] = [
      [
        [],
        'refund-form init needs --server (express, hono, next, flask or php) and --provider (uqpay or upayments): there is no terminal to ask in',
      ],
      [['--server', 'hono'], 'refund-form init needs --provider (uqpay or upayments): there is no terminal to ask in'],
      [
        ['--server', 'exprss', '--provider', 'uqpay'],
        '--server: expected express, hono, next, flask or php, received "exprss"',
      ],
      [['--server', 'toString', '--provider', 'uqpay'], /^--server: expected/],
      [['--sever', 'express'], /'--sever'/],
      [['other', ...CHOSEN], /^expected one folder, received/],
    ];
    for (const [args, words] of faults) {
      const { code, complaint } = await init([folder, ...args]);
      assert.equal(code, 2, complaint);
      if (typeof words === 'string') assert.equal(complaint, words);
      else assert.match(complaint, words);
    }
    assert.deepEqual(filesIn(folder), []);
  });

  it('asks in a terminal for what is missing, until an answer is one of the choices', async (t) => {
    const folder = emptyFolder(t);
    const { code, asked } = await init([folder, '--server', 'php'], 'paypal\nupayments\n');
    assert.equal(code, 0);
    assert.match(asked, /Whose payments are refunded\?/);
    assert.match(asked, /expected uqpay or upayments/);
    assert.ok(!asked.includes('What does the proxy run in?'));
    assert.match(read(folder, '.env.example'), /^REFUND_PROVIDER=upayments$/m);
  });

  for (const [server, file] of Object.entries({ next: 'next.config.js', flask: 'app.py' })) {
    it(`asks for the server, too: ${server}`, async (t) => {
      const folder = emptyFolder(t);
      const { code, asked } = await init([folder], `${server}\nuqpay\n`);
      assert.equal(code, 0);
      assert.match(asked, new RegExp(`What does the proxy run in\\?[^]*^ {2}${server} `, 'm'));
      assert.ok(filesIn(folder).includes(file));
    });
  }

  it('writes nothing when the person ends the input instead of answering', async (t) => {
    const folder = emptyFolder(t);
    const { code, complaint } = await init([folder], '');
    assert.deepEqual([code, complaint], [2, 'no answer to --server: nothing was written']);
    assert.deepEqual(filesIn(folder), []);
  });

  it('asks for versions that the checkout is tested with, json-server for the sandbox among them', () => {
    type Manifest = Readonly<Record<string, Readonly<Record<string, string>>>>;
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Manifest;
    for (const server of Object.keys(SERVERS)) {
      const wanted = JSON.parse(read('bin/init/templates', server, 'package.json')) as Manifest;
      assert.ok(wanted['devDependencies']?.['json-server'], `${server}: the sandbox sorts its rows with it`);
      for (const [name, range] of Object.entries({ ...wanted['dependencies'], ...wanted['devDependencies'] })) {
        // Next is installed by `npm test -- init` alone.
        if (range.startsWith('{{') || name === 'next') continue;
        const tested = dependencies?.[name] ?? devDependencies?.[name] ?? '';
        assert.equal(range.replace('^', '').split('.')[0], tested.split('.')[0], `${name} of ${server}`);
      }
    }
  });
});

describe('the packages of a project that an installed init writes', () => {
  const VERSION = '0.1.0';
  const RELEASED = `^${VERSION}`;

  /** A project in which the server is installed, with the files of both packages. @returns where init then runs */
  function project(t: TestContext, { asks = {}, resolved = {} }: Readonly<Record<string, Record<string, string>>>) {
    const folder = emptyFolder(t);
    const root = path.join(folder, 'node_modules/refund-form-server');
    mkdirSync(root, { recursive: true });
    const write = (file: string, json: object) => writeFileSync(path.join(folder, file), JSON.stringify(json));
    write('package.json', { dependencies: asks });
    const locked = Object.entries(resolved).map(([name, from]) => [`node_modules/${name}`, { resolved: from }]);
    write('node_modules/.package-lock.json', { packages: Object.fromEntries(locked) });
    write('node_modules/refund-form-server/package.json', { name: 'refund-form-server', version: VERSION });
    return { folder: folder.replaceAll('\\', '/'), root };
  }

  it('are the files that it was installed from', (t) => {
    const asks = { 'refund-form': 'file:form.tgz', 'refund-form-server': './server.tgz' };
    const { folder, root } = project(t, { asks });
    for (const file of ['form.tgz', 'server.tgz']) writeFileSync(path.join(folder, file), '');
    assert.deepEqual(packages(root), {
      versions: { 'refund-form': `file:${folder}/form.tgz`, 'refund-form-server': `file:${folder}/server.tgz` },
    });
  });

  it('are the files in the notes of npm where no package.json asks for them', (t) => {
    const { folder, root } = project(t, { resolved: { 'refund-form-server': 'file:server.tgz' } });
    for (const file of [`refund-form-${VERSION}.tgz`, 'server.tgz']) writeFileSync(path.join(folder, file), '');
    // The file of the form lies beside that of the server.
    assert.deepEqual(packages(root), {
      versions: {
        'refund-form': `file:${folder}/refund-form-${VERSION}.tgz`,
        'refund-form-server': `file:${folder}/server.tgz`,
      },
    });
  });

  it('are those of the registry, or of an address, where it was installed from there', (t) => {
    const { root } = project(t, { asks: { 'refund-form-server': '^0.1.0' } });
    assert.deepEqual(packages(root), { versions: { 'refund-form': RELEASED, 'refund-form-server': RELEASED } });
    const resolved = { 'refund-form-server': 'https://npm.example/refund-form-server/-/refund-form-server-0.1.0.tgz' };
    assert.deepEqual(packages(project(t, { resolved }).root).versions['refund-form-server'], RELEASED);
    const asks = { 'refund-form': 'https://a.example/form.tgz', 'refund-form-server': 'github:a/server' };
    assert.deepEqual(packages(project(t, { asks }).root), { versions: asks });
  });

  it('are named as unknown where nothing says where they came from, or where the file is gone', (t) => {
    const all = [`refund-form-${VERSION}.tgz`, `refund-form-server-${VERSION}.tgz`];
    assert.deepEqual(packages(project(t, {}).root).unknown, all);
    assert.deepEqual(packages(project(t, { asks: { 'refund-form-server': 'file:gone.tgz' } }).root).unknown, all);
    const asks = { 'refund-form-server': 'file:server.tgz' };
    const { folder, root } = project(t, { asks });
    writeFileSync(path.join(folder, 'server.tgz'), '');
    assert.deepEqual(packages(root), {
      versions: { 'refund-form': RELEASED, 'refund-form-server': `file:${folder}/server.tgz` },
      unknown: [`refund-form-${VERSION}.tgz`],
    });
  });
});
