import { expect } from '@open-wc/testing';
import type axeCore from 'axe-core';
import 'axe-core/axe.min.js';

import '../../widget/locales/ar.ts';
import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, SUMMARY } from './fake-environment.ts';
import { LOOK_NAMES, reach, root, textOf, VENDOR_NAMES } from './support/states.ts';

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

describe('at 320 pixels, what cannot be broken is within the form', () => {
  const NAME = 'x'.repeat(65);
  const width = (form: FormDriver['form']) => form.style.setProperty('inline-size', '320px');

  for (const look of ['vendors', 'vendors, in review', 'vendors, with a result']) {
    it(`the names of the page: ${look}`, async () => {
      const { ui } = await reach(look);
      width(ui.form);
      ui.form.vendorNames = Object.fromEntries(Object.keys(VENDOR_NAMES).map((iban) => [iban, NAME + iban]));
      await ui.form.updateComplete;
      expect(ui.text()).to.contain(NAME);
      expect(findCut(ui)).to.deep.equal([]);
    });
  }

  it('the address of a proxy that is not there', async () => {
    const environment = fakeEnvironment();
    environment.on(`GET /${NAME}/*`, { status: 404, text: 'Not found' });
    const ui = await drive(environment, {
      set: (form) => {
        width(form);
        form.endpoint = `/refunds/${NAME}`;
      },
    });
    await ui.waitForText(NAME);
    expect(findCut(ui)).to.deep.equal([]);
  });

  it('who asks for an approval', async () => {
    const request = {
      intent_id: 'i7',
      idempotency_key: '7b0e3f8e-6c1d-4d3f-8a0e-5f2b7a6d9c11',
      state: 'awaiting_approval',
      amount: '12.500',
      standing: 'awaiting_approval',
      status: '',
      reason: NAME,
      approval: { asked_by: NAME, asked_at: '2026-11-21T09:00:00Z', approvers: NAME, until: '2026-11-22T09:00:00Z' },
    };
    const ui = await drive(
      fakeEnvironment({ summary: { ...SUMMARY, refunds: [request], permission: { user: 'basma', approve: true } } }),
      { set: width },
    );
    await ui.waitForText(NAME);
    expect(findCut(ui), ui.form.state).to.deep.equal([]);
    await ui.press(/^Decide/);
    expect(ui.form.state).to.equal('approving');
    expect(findCut(ui), ui.form.state).to.deep.equal([]);
  });
});
