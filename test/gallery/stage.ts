// Registers the element.
import '../../widget/define.ts';
import '../../widget/locales/ar.ts';
import '../../widget/locales/zh.ts';
import { en } from '../../widget/messages/en.ts';
import { findLocale, type MessageKey } from '../../widget/messages/registry.ts';
import { fakeEnvironment, SUMMARY } from '../widget/fake-environment.ts';
import { SCENES, type Scene, type Stage } from './scenes.ts';

/** Draws every scene in the language and width of the address: `?locale=ar-KW&width=400`. The title then becomes `ready`. */
const query = new URLSearchParams(location.search);
const locale = query.get('locale') ?? 'en';
const width = Number(query.get('width') ?? 400);
const catalogue = findLocale(locale);
const messages = { ...en, ...catalogue?.messages };
const digits = new Intl.NumberFormat(locale, { useGrouping: false });
const separator = new Intl.NumberFormat(locale).formatToParts(0.5).find(({ type }) => type === 'decimal')!.value;

/** Turns of the event loop. The replies are immediate, so a scene that needs more has stopped. */
const TURNS = 500;

/** An amount in the digits of the language. */
const typed = (latin: string) =>
  latin.replaceAll(/\d/g, (digit) => digits.format(Number(digit))).replaceAll('.', separator);

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => resolve());
  });
}

async function play(name: string, scene: Scene, cell: HTMLElement): Promise<void> {
  // An answer that never comes must not count as lost before the picture is taken.
  const environment = Object.assign(fakeEnvironment({ summary: { ...SUMMARY, ...scene.summary } }), {
    timeout: 600_000,
  });
  scene.prepare?.(environment);
  const form = document.createElement('refund-form');
  const provider = scene.provider ?? 'uqpay';
  Object.assign(form, { environment, provider, paymentId: 'PI1', endpoint: '/refunds', locale });
  scene.set?.(form);
  cell.append(form);
  const root = () => form.shadowRoot!;
  const field = (id: string) => root().querySelector<HTMLInputElement>(`#${id}`)!;
  const stage: Stage = {
    form,
    environment,
    async until(at) {
      for (let turn = 0; form.state !== at; turn += 1) {
        if (turn === TURNS) throw new Error(`the gallery's scene “${name}” is ${form.state} instead of ${at}`);
        await nextTurn();
      }
      await form.updateComplete;
    },
    async typeAmount(latin, id = 'amount') {
      field(id).value = typed(latin);
      field(id).dispatchEvent(new InputEvent('input', { bubbles: true }));
      await form.updateComplete;
    },
    async fill(latin = '12.500') {
      await stage.typeAmount(latin);
      field('reason').value = 'Returned goods';
      field('reason').dispatchEvent(new Event('change', { bubbles: true }));
      await form.updateComplete;
    },
    async proceed() {
      root().querySelector<HTMLElement>('[part~=primary]')!.click();
      await form.updateComplete;
    },
    async press(message: MessageKey) {
      const [beginning = ''] = messages[message].split('{');
      const button = [...root().querySelectorAll('button')].find(({ textContent }) =>
        textContent.trim().startsWith(beginning),
      );
      if (!button) throw new Error(`the gallery's scene “${name}” has no button “${beginning}”`);
      button.click();
      await form.updateComplete;
    },
  };
  await scene.play?.(stage);
  await stage.until(scene.at);
}

const grid = document.querySelector<HTMLElement>('main')!;
document.documentElement.lang = locale;
document.documentElement.dir = catalogue?.dir ?? 'ltr';
grid.style.setProperty('--width', `${width}px`);
await Promise.all(
  Object.entries(SCENES).map(([name, scene]) => {
    const cell = document.createElement('div');
    cell.dataset['scene'] = name;
    grid.append(cell);
    return play(name, scene, cell);
  }),
);
// What an answer still changes is drawn one turn later.
for (let turn = 0; turn < 10; turn += 1) await nextTurn();
await document.fonts.ready;
// All forms play at once, so which of them has the focus at the end is chance.
(document.activeElement as HTMLElement | null)?.blur();
scrollTo(0, 0);
document.title = 'ready';
