import { ReleaseError } from './version.ts';

const UNRELEASED = '## Unreleased\n';

/** What stands under *Unreleased*. */
export function notesOf(changelog: string): string {
  const [, after] = changelog.split(UNRELEASED);
  if (after === undefined) throw new ReleaseError('CHANGELOG.md has no heading "## Unreleased"');
  return after.split(/^## /m)[0]!.trim();
}

/** Moves what stands under *Unreleased* to a heading of its own. `date`: such as 2026-11-27. */
export function withRelease(changelog: string, version: string, date: string): string {
  return changelog.replace(UNRELEASED, `${UNRELEASED}\n## ${version} - ${date}\n`);
}

const TARBALL = /(\/refund-form(?:-server)?-)\d+\.\d+\.\d+(?=\.tgz)/g;
const RECIPES = ['go', 'jest', 'phpunit', 'playwright', 'pytest', 'vitest'] as const;

/** Where else the version stands, besides `package.json` and its lock file. The group is what stays before it. */
export const PLACES: readonly { readonly file: string; readonly before: RegExp }[] = [
  { file: 'docs/start.md', before: TARBALL },
  { file: 'docs/recipes.md', before: TARBALL },
  ...RECIPES.flatMap((name) => [
    { file: `demo/recipes/${name}/README.md`, before: TARBALL },
    { file: `demo/recipes/${name}/package.json`, before: /("refund-form-server": "\^)\d+\.\d+\.\d+(?=")/g },
  ]),
  { file: 'docs/operations.md', before: /(\bversion=|\brefund-form:)\d+\.\d+\.\d+\b/g },
  { file: '.github/ISSUE_TEMPLATE/refund-went-wrong.yml', before: /(placeholder: ')\d+\.\d+\.\d+\b/g },
];

/** Writes the version into the text of one of the places. */
export function withVersion({ file, before }: (typeof PLACES)[number], text: string, version: string): string {
  if (text.search(before) < 0) throw new ReleaseError(`${file} names no version any more: see bin/release/texts.ts`);
  return text.replace(before, `$1${version}`);
}
