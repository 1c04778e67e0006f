import { expect } from '@open-wc/testing';
import type axeCore from 'axe-core';
import 'axe-core/axe.min.js';

import '../../widget/locales/ar.ts';
import type { FormDriver } from './drive.ts';
import { LOOK_NAMES, reach, root, textOf } from './support/states.ts';

/** axe is not a module: it defines a global. */
const { axe } = globalThis as unknown as { axe: typeof axeCore };

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function findViolations(ui: FormDriver, runOnly: string[]): Promise<string[]> {
  const { violations } = await axe.run(ui.form, {
    runOnly,
    rules:
      runOnly === RULES
        ? {
            region: { enabled: false },
            'page-has-heading-one': { enabled: false },
            'heading-order': { enabled: false },
          }
        : {},
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** What reaches out of the form, or is cut by it. */
function findCut(ui: FormDriver): string[] {
  const { left, right } = ui.form.getBoundingClientRect();
  const elements = [...root(ui).querySelectorAll('section *:not(.said, .said *, svg *)')];
  return elements
    .filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && (box.left < left - 0.5 || box.right > right + 0.5);
    })
    .map((element) => `${element.localName} ${textOf(element).slice(0, 40)}`);
}

function findSmallTargets(ui: FormDriver): string[] {
  return [...root(ui).querySelectorAll('button, a, summary, .choice, .box, select, textarea')]
    .filter((target) => {
      const { width, height } = target.getBoundingClientRect();
      return width > 0 && Math.min(width, height) < 24;
    })
    .map(textOf);
}

/** 320 pixels are also what a screen of 1280 has left at 400%. */
describe('at 320 pixels, in light, dark and right to left, nothing is inaccessible, cut or too small in the state', () => {
  for (const look of LOOK_NAMES) {
    it(look, async () => {
      const { ui } = await reach(look, {
        set: (form) => {
          form.style.setProperty('inline-size', '320px');
          form.style.setProperty('color-scheme', 'light');
        },
      });
      expect(findCut(ui), 'cut').to.deep.equal([]);
      expect(findSmallTargets(ui), 'too small').to.deep.equal([]);
      expect(await findViolations(ui, RULES), 'light').to.deep.equal([]);
      ui.form.style.setProperty('color-scheme', 'dark');
      expect(await findViolations(ui, ['color-contrast']), 'dark').to.deep.equal([]);
      ui.form.locale = 'ar';
      await ui.form.updateComplete;
      expect(root(ui).querySelector('section')?.dir).to.equal('rtl');
      expect(findCut(ui), 'cut, right to left').to.deep.equal([]);
      expect(await findViolations(ui, RULES), 'right to left').to.deep.equal([]);
    });
  }
});
