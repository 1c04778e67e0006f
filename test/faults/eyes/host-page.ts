/** What a test does with the host page, an admin console in one file. */
export interface Host {
  readonly form: HTMLElement & { payment?: unknown; refresh(): Promise<void> };
  move(how: string): void;
  detach(): void;
  attach(): void;
  again(): void;
  fetchAgain(): Promise<void>;
  hide(hidden: boolean): void;
}

declare global {
  interface Window {
    host: Host;
  }
}

/** It runs in the page itself, and is sent as text: it uses nothing but its argument and the browser. */
export async function hostPage(registerLocale: (catalogue: object) => void): Promise<void> {
  const asked = new URLSearchParams(location.search);
  // Catalogues without a text of their own: the texts stay English, numbers are drawn as in that language.
  for (const lang of ['en', 'fr']) registerLocale({ lang, dir: 'ltr', messages: {} });
  registerLocale({ lang: 'ar', dir: 'rtl', messages: {} });
  const slots = [...document.querySelectorAll('.slot')] as HTMLElement[];
  const form = document.createElement('refund-form') as unknown as Host['form'];
  for (const name of ['provider', 'endpoint', 'payment-id', 'locale', 'reference', 'allow-third-decimal']) {
    const value = asked.get(name);
    if (value !== null) form.setAttribute(name, value);
  }
  const given = () =>
    fetch(`/host/payment${location.search}`).then(
      (answer) => answer.json() as Promise<unknown>,
      // The host page is offline, too: it goes on with what it has.
      () => form.payment,
    );
  const isGiven = asked.has('given');
  if (isGiven) form.payment = await given();
  let at = 0;
  let isHidden = false;
  Object.defineProperty(document, 'hidden', { get: () => isHidden });
  Object.defineProperty(document, 'visibilityState', { get: () => (isHidden ? 'hidden' : 'visible') });
  window.host = {
    form,
    move(how) {
      const here = slots[at]!;
      at = 1 - at;
      const there = slots[at]!;
      const withMove = there as HTMLElement & { moveBefore?: (node: Node, before: Node | null) => void };
      if (how === 'append') there.append(form);
      else if (how === 'insertBefore') there.insertBefore(form, there.firstChild);
      else if (how === 'moveBefore' && withMove.moveBefore) withMove.moveBefore(form, there.firstChild);
      else if (how === 'wrap') {
        // A framework that puts its list anew: everything out, everything in.
        const children = [...here.childNodes];
        here.replaceChildren();
        there.replaceChildren(...children);
      } else {
        form.remove();
        there.append(form);
      }
    },
    detach: () => form.remove(),
    attach: () => slots[at]!.append(form),
    again() {
      if (form.payment) form.payment = structuredClone(form.payment);
      else for (const { name, value } of form.attributes) form.setAttribute(name, value);
    },
    async fetchAgain() {
      if (isGiven) form.payment = await given();
      else await form.refresh();
    },
    hide(hidden) {
      isHidden = hidden;
      document.dispatchEvent(new Event('visibilitychange'));
    },
  };
  slots[at]!.append(form);
}
