import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { Repository } from './repository.ts';
import { notesOf, PLACES, withRelease, withVersion } from './texts.ts';
import { ReleaseError, versionAfter } from './version.ts';

const BRANCH = 'main';
const PACKAGES = ['refund-form', 'refund-form-server'] as const;

interface Options {
  readonly folder: string;
  readonly print: (text: string) => void;
}

interface ReleaseOptions extends Options {
  /** `major`, `minor`, `patch` or a version. */
  readonly wanted: string;
  /** Such as 2026-11-27. */
  readonly date: string;
  /** Checks and says what would happen, and changes nothing. */
  readonly isDry: boolean;
}

/**
 * Makes the commit and the tag of a release, and packs both packages. It sends nothing anywhere.
 *
 * @throws ReleaseError when something is not as it has to be; then no file and no tag is left behind
 */
export function release({ folder, wanted, date, isDry, print }: ReleaseOptions): void {
  const repository = new Repository(folder);
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
  const version = versionAfter(versionIn(folder), wanted);
  const tag = `v${version}`;
  check(repository, tag);
  const notes = notesOf(read('CHANGELOG.md'));
  if (notes === '')
    throw new ReleaseError('CHANGELOG.md has nothing under "Unreleased": say what this release changes');
  const texts = new Map(PLACES.map((place) => [place.file, withVersion(place, read(place.file), version)]));
  texts.set('CHANGELOG.md', withRelease(read('CHANGELOG.md'), version, date));

  if (isDry) {
    print(
      `Would run npm test, write ${version} into package.json, package-lock.json and ${[...texts.keys()].join(', ')},`,
    );
    print(`pack ${PACKAGES.join(' and ')}, commit, and make the tag ${tag} with these notes:\n\n${notes}`);
    print('\nNothing was changed.');
    return;
  }
  repository.npm('test');
  // The tests take long: somebody may have worked on meanwhile.
  checkClean(repository);
  const written = ['package.json', 'package-lock.json', ...texts.keys()];
  try {
    repository.npm('version', version, '--no-git-tag-version', '--ignore-scripts', '--allow-same-version');
    for (const [file, text] of texts) writeFileSync(path.join(folder, file), text);
    repository.npm('run', 'pack');
    repository.git('commit', '--quiet', '--message', `Release ${version}`, '--', ...written);
  } catch (error) {
    repository.git('restore', '--staged', '--worktree', '--', ...written);
    throw error;
  }
  repository.git('tag', '--annotate', '--cleanup=verbatim', '--message', `${version}\n\n${notes}`, tag);
  print(`Committed and tagged ${tag}. To publish it from there: git push --atomic origin ${BRANCH} ${tag}`);
}

const versionIn = (folder: string) =>
  (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }).version;

/** Whether this is what everybody else will get. */
function check(repository: Repository, tag: string): void {
  const branch = repository.git('branch', '--show-current');
  if (branch !== BRANCH) throw new ReleaseError(`releases are made on ${BRANCH}, and this is ${branch || 'no branch'}`);
  checkClean(repository);
  if (repository.isTrue('remote', 'get-url', 'origin')) {
    repository.git('fetch', '--quiet', '--tags', 'origin', BRANCH);
    if (!repository.isTrue('merge-base', '--is-ancestor', 'FETCH_HEAD', 'HEAD')) {
      throw new ReleaseError(`origin has commits on ${BRANCH} that are not here: pull first`);
    }
  }
  if (repository.isTrue('rev-parse', '--quiet', '--verify', `refs/tags/${tag}`)) {
    throw new ReleaseError(`the tag ${tag} exists already`);
  }
}

function checkClean(repository: Repository): void {
  const changed = repository.git('status', '--porcelain');
  if (changed !== '') throw new ReleaseError(`commit or remove these changes first:\n${changed}`);
}

interface PublishOptions extends Options {
  readonly isCi: boolean;
}

/**
 * Publishes both packages of the tag that is checked out, with provenance. A package that is published already is left out,
 * so the workflow can be run again.
 */
export function publish({ folder, isCi, print }: PublishOptions): void {
  if (!isCi) {
    throw new ReleaseError(
      'packages are published only by .github/workflows/release.yml, which can prove what they were built from: push the tag',
    );
  }
  const repository = new Repository(folder);
  const version = versionIn(folder);
  if (!repository.git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`)) {
    throw new ReleaseError(`expected the tag v${version} at this commit: package.json has that version`);
  }
  repository.npm('run', 'pack');
  for (const name of PACKAGES) {
    if (repository.isPublished(name, version)) {
      print(`${name} ${version} is published already`);
      continue;
    }
    repository.npm('publish', `./dist/${name}-${version}.tgz`, '--provenance', '--access', 'public');
    print(`Published ${name} ${version}`);
  }
}
