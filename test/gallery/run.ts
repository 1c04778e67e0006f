import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { differenceOf } from './compare.ts';
import { draw, LOOKS, type Look, type Picture } from './draw.ts';
import { indexPage, nameOf, type Difference } from './index-page.ts';

/**
 * `npm run gallery` draws the form in every state, locale, theme and width, and compares some of the pictures with the
 * approved ones. `-- --approve` approves what it draws. `-- --quick` draws only what it compares.
 */
const GALLERY = path.resolve('dist/gallery');
const APPROVED = path.join(import.meta.dirname, 'approved');
const FONTS = path.join(APPROVED, 'fonts.txt');

/**
 * The looks of the pictures in the repository: either direction and either theme. They are few, because each change of
 * the looks adds all of them to the repository again.
 */
const isCompared = ({ locale, theme, width }: Look): boolean =>
  width === 400 && ((locale === 'en' && theme === 'light') || (locale === 'ar-KW' && theme === 'dark'));

/** A variant of a state is compared in English only. */
const isVariant = (scene: string): boolean => scene.includes('-');

function compare(pictures: readonly Picture[]): Difference[] {
  const names = new Set(pictures.map(nameOf));
  const approved = existsSync(APPROVED) ? readdirSync(APPROVED).filter((name) => name.endsWith('.png')) : [];
  const gone = approved.filter((name) => !names.has(name)).map((name): Difference => ({ name, what: 'gone' }));
  const others = pictures.flatMap((picture): Difference[] => {
    const name = nameOf(picture);
    if (!approved.includes(name)) return [{ name, what: 'new' }];
    const difference = differenceOf(readFileSync(path.join(APPROVED, name)), picture.png);
    if (!difference) return [];
    writeFileSync(path.join(GALLERY, 'differences', name), difference);
    return [{ name, what: 'changed' }];
  });
  return [...others, ...gone];
}

function approve(pictures: readonly Picture[], fonts: string): void {
  rmSync(APPROVED, { recursive: true, force: true });
  mkdirSync(APPROVED, { recursive: true });
  for (const picture of pictures) writeFileSync(path.join(APPROVED, nameOf(picture)), picture.png);
  writeFileSync(FONTS, `${fonts}\n`);
  const bytes = pictures.reduce((sum, { png }) => sum + png.length, 0);
  console.log(`Approved ${pictures.length} pictures, ${(bytes / 1000).toFixed(0)} kB, in ${APPROVED}`);
}

const isApproving = process.argv.includes('--approve');
rmSync(GALLERY, { recursive: true, force: true });
for (const folder of ['pictures', 'differences']) mkdirSync(path.join(GALLERY, folder), { recursive: true });
const looks = process.argv.includes('--quick') ? LOOKS.filter(isCompared) : LOOKS;
const { pictures, fonts } = await draw(path.join(GALLERY, 'stage'), looks, (text) => console.log(text));
for (const picture of pictures) writeFileSync(path.join(GALLERY, 'pictures', nameOf(picture)), picture.png);
const compared = pictures.filter(
  (picture) => isCompared(picture) && (picture.locale === 'en' || !isVariant(picture.scene)),
);
if (isApproving) approve(compared, fonts);

const isSameFonts = existsSync(FONTS) && readFileSync(FONTS, 'utf8').trim() === fonts;
const differences = existsSync(FONTS) && !isSameFonts ? [] : compare(compared);
if (existsSync(APPROVED)) cpSync(APPROVED, path.join(GALLERY, 'approved'), { recursive: true });
writeFileSync(path.join(GALLERY, 'index.html'), indexPage(pictures, differences));

console.log(`${pictures.length} pictures: ${pathToFileURL(path.join(GALLERY, 'index.html')).href}`);
if (!existsSync(FONTS)) {
  console.error('No picture is approved yet. Look at them, then run `npm run gallery -- --approve`.');
  process.exitCode = 1;
} else if (!isSameFonts) {
  console.log('Skipped the comparison: other fonts are installed here than where the pictures were approved.');
} else if (differences.length > 0) {
  for (const { name, what } of differences) console.error(`${what}: ${name}`);
  console.error(
    `${differences.length} of ${compared.length} differ. The page shows the differences. ` +
      'If they are right, run `npm run gallery -- --approve`.',
  );
  process.exitCode = 1;
} else {
  console.log(`All ${compared.length} compared pictures are as approved.`);
}
