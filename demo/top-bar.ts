import { html } from 'lit';

import { PEOPLE, personCookie, personIn, type Person } from './people.ts';
import { select } from './select.ts';
import { change, direction, DIRECTIONS, language, LANGUAGES, texts, theme, THEMES } from './settings.ts';

/** Who is signed in: a merchant's server knows it from the session, the demo's from a cookie. */
const person = (): Person => personIn(document.cookie);

let signIns = 0;

/**
 * Changes when somebody else signs in on this page: what the one before has begun does not belong to them. After a sign-in
 * in another tab it stays as it is, because what was reviewed here would go away with no word. The form notices, and
 * says so.
 */
export const seat = (): number => signIns;

interface TopBar {
  readonly place: 'orders' | 'today';
  readonly signIn: (person: Person) => void;
}

export function topBar({ place, signIn }: TopBar) {
  const t = texts();
  const current = (name: TopBar['place']) => (name === place ? 'page' : 'false');
  return html`
    <header class="top">
      <a class="brand" href="#"><img src="./icon.svg" alt="" width="24" height="24" />${t.shop}</a>
      <nav aria-label=${t.nav.label}>
        <a href="#" aria-current=${current('orders')}>${t.nav.orders}</a>
        <a href="#/today" aria-current=${current('today')}>${t.nav.today}</a>
      </nav>
      <div class="who">
        ${select({
          label: t.person.label,
          options: PEOPLE.map((one) => [one, `${one} · ${t.person.roles[one]}`]),
          value: person(),
          choose(name) {
            const chosen = PEOPLE.find((one) => one === name) ?? PEOPLE[0];
            document.cookie = personCookie(chosen, new URL('.', document.baseURI).pathname);
            signIns += 1;
            signIn(chosen);
          },
        })}
      </div>
      <button type="button" class="display" popovertarget="display">
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <circle cx="10" cy="10" r="7.25" fill="none" stroke="currentColor" stroke-width="1.5" />
          <path d="M10 2.75a7.25 7.25 0 0 0 0 14.5z" fill="currentColor" />
        </svg>
        <span>${t.display.button}</span>
      </button>
      <div id="display" class="panel" popover>
        ${select({
          label: t.display.language,
          options: Object.entries(LANGUAGES).map(([name, one]) => [name, one.name]),
          value: language(),
          choose: (lang) => change({ lang }),
        })}
        ${select({
          label: t.display.theme,
          options: THEMES.map((one) => [one, t.display.themes[one]]),
          value: theme(),
          choose: (name) => change({ theme: name }),
        })}
        ${select({
          label: t.display.direction,
          options: DIRECTIONS.map((one) => [one, t.display.directions[one]]),
          value: direction(),
          choose: (dir) => change({ dir }),
        })}
      </div>
    </header>
  `;
}
