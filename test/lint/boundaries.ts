import path from 'node:path';

interface Rule {
  readonly folder: string;
  readonly rooms: readonly string[] | '*';
  readonly packages: readonly string[] | '*';
  /** Only the public entries of other rooms. */
  readonly entriesOnly?: boolean;
  /** Files of the folder's own room that it may import, though they are outside of the folder. */
  readonly beside?: RegExp;
}

/**
 * The import table of the project: who may import whom. `rooms` are folders at the top level, `packages` are external.
 * `'*'` means any. Most specific folder wins.
 */
export const IMPORT_TABLE: readonly Rule[] = [
  { folder: 'contract', rooms: [], packages: ['zod/mini'] },
  { folder: 'widget', rooms: ['contract'], packages: ['zod/mini', 'lit', 'ky'] },
  { folder: 'mock-server/core', rooms: ['contract', 'mock-server'], packages: ['zod/mini', 'temporal-polyfill'] },
  {
    folder: 'mock-server/inspector',
    rooms: ['contract'],
    packages: ['lit', 'zod/mini'],
    // The answers of the control API. The sandbox itself would come along with anything else.
    beside: /^mock-server\/client\/(?:answers|overview|webhooks)\.ts$/,
  },
  { folder: 'mock-server', rooms: ['contract'], packages: '*' },
  { folder: 'proxy', rooms: ['contract'], packages: '*' },
  { folder: 'verify', rooms: ['contract'], packages: '*' },
  { folder: 'demo', rooms: ['contract', 'widget', 'mock-server', 'proxy'], packages: '*', entriesOnly: true },
  { folder: 'bin', rooms: ['widget', 'mock-server', 'proxy', 'verify', 'site'], packages: '*' },
  { folder: 'site', rooms: [], packages: '*' },
  { folder: 'test', rooms: '*', packages: '*' },
];

/** What `demo/` may import of another room: its public entries. */
const PUBLIC_ENTRY =
  /^(?:contract\/[\w-]+|widget\/(?:index|define)|mock-server\/(?:index|msw)|proxy\/(?:index|portable))\.ts$/;

/** Packages that belong to one room, whatever the table lets another import. */
const OWNED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  lit: ['widget', 'demo', 'mock-server/inspector', 'test'],
  ky: ['widget', 'test'],
};

const root = path.resolve(import.meta.dirname, '../..');

/** Why the import is not allowed, or `undefined`. `from` is the importing file's path within the project. */
export function violation(from: string, specifier: string): string | undefined {
  const rule = IMPORT_TABLE.filter(({ folder }) => from.startsWith(`${folder}/`)).sort(
    (a, b) => b.folder.length - a.folder.length,
  )[0];
  if (!rule) return undefined;
  const [room = ''] = from.split('/');
  if (specifier.startsWith('.')) {
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier.replace(/\?.*$/, '')));
    const [targetRoom = ''] = target.split('/');
    const isOutside = rule.folder.includes('/') && targetRoom === room && !target.startsWith(`${rule.folder}/`);
    if (isOutside && rule.beside?.test(target) !== true) {
      return `${rule.folder}/ imports nothing else of ${room}/`;
    }
    if (targetRoom === room || !target.includes('/') || rule.rooms === '*') return undefined;
    if (!rule.rooms.includes(targetRoom)) return `${rule.folder}/ may not import ${targetRoom}/`;
    if (rule.entriesOnly && !PUBLIC_ENTRY.test(target))
      return `${rule.folder}/ imports only public entries of ${targetRoom}/`;
    return undefined;
  }
  const owners = OWNED_PACKAGES[specifier.split('/')[0] ?? ''];
  if (owners && !owners.some((owner) => from.startsWith(`${owner}/`)))
    return `${specifier} belongs to ${owners.join(', ')}`;
  if (rule.packages === '*') return undefined;
  const allowed = rule.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
  return allowed ? undefined : `${rule.folder}/ may not import the package ${specifier}`;
}

interface ImportNode {
  readonly source?: { readonly value?: unknown } | null;
}

interface RuleContext {
  readonly filename: string;
  report(problem: { node: unknown; message: string }): void;
}

const importTable = {
  meta: { type: 'problem' },
  create(context: RuleContext) {
    const from = path.relative(root, context.filename).split(path.sep).join('/');
    const check = (node: ImportNode): void => {
      if (typeof node.source?.value !== 'string') return;
      const message = violation(from, node.source.value);
      if (message) context.report({ node: node.source, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default { meta: { name: 'boundaries' }, rules: { 'import-table': importTable } };
