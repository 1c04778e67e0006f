import { LOCALES, THEMES, WIDTHS, type Picture } from './draw.ts';

export interface Difference {
  readonly name: string;
  /** `changed` has a picture of the difference. */
  readonly what: 'changed' | 'new' | 'gone';
}

export function nameOf({ scene, locale, theme, width }: Omit<Picture, 'png'>): string {
  return `${scene}.${locale}.${theme}.${width}.png`;
}

/** The page that shows every picture, the differences first. Its checkboxes hide pictures without a script. */
export function indexPage(pictures: readonly Picture[], differences: readonly Difference[]): string {
  const scenes = [...new Set(pictures.map(({ scene }) => scene))];
  const filters = { locale: LOCALES, theme: Object.keys(THEMES), width: WIDTHS };
  const choices = Object.entries(filters).map(([kind, values]) => {
    const boxes = values.map(
      (value) => `<label><input type="checkbox" id="${kind}-${value}" checked> ${value}</label>`,
    );
    return `<fieldset><legend>${kind}</legend>${boxes.join(' ')}</fieldset>`;
  });
  const rules = Object.entries(filters).flatMap(([kind, values]) =>
    values.map((value) => `body:not(:has(#${kind}-${value}:checked)) [data-${kind}="${value}"] { display: none; }`),
  );
  const sections = scenes.map((scene) => {
    const figures = pictures
      .filter((picture) => picture.scene === scene)
      .map(
        (picture) =>
          `<figure data-locale="${picture.locale}" data-theme="${picture.theme}" data-width="${picture.width}"><img loading="lazy" src="pictures/${nameOf(picture)}" alt=""><figcaption>${picture.locale}, ${picture.theme}, ${picture.width} px</figcaption></figure>`,
      );
    return `<section id="${scene}"><h2>${scene}</h2><div class="row">${figures.join('')}</div></section>`;
  });
  const changes = differences.map(({ name, what }) => {
    const image = (folder: string, caption: string) =>
      `<figure><img src="${folder}/${name}" alt=""><figcaption>${caption}</figcaption></figure>`;
    const images = [
      what === 'new' ? '' : image('approved', 'approved'),
      what === 'gone' ? '' : image('pictures', 'now'),
      what === 'changed' ? image('differences', 'difference') : '',
    ];
    return `<section><h2>${what}: ${name}</h2><div class="row">${images.join('')}</div></section>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Gallery of the refund form</title>
<style>
  body { margin: 0 24px 48px; font: 14px/20px system-ui; background: #e6e8eb; color: #16181d; }
  nav { position: sticky; inset-block-start: 0; z-index: 1; padding: 12px 0; background: inherit; }
  fieldset { display: inline; border: 1px solid #9aa1ab; border-radius: 8px; }
  .row { display: flex; gap: 16px; align-items: start; overflow: auto; padding-block-end: 12px; }
  figure { margin: 0; }
  figcaption { font-size: 12px; color: #4a505b; }
  ${rules.join('\n  ')}
</style>
<h1>Gallery of the refund form</h1>
<nav>${choices.join(' ')}<p>${scenes.map((scene) => `<a href="#${scene}">${scene}</a>`).join(' · ')}</p></nav>
${changes.length > 0 ? `<h1>${changes.length} differ from the approved pictures</h1>${changes.join('\n')}<h1>All</h1>` : ''}
${sections.join('\n')}
</html>
`;
}
