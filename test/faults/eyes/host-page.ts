/** What a test can do with the host page, an admin console in one file. */
export interface Host {
  readonly form: HTMLElement & { payment?: unknown; refresh(): Promise<void> };
  move(how: string): void;
  detach(): void;
  attach(): void;
  redraw(): void;
  refetch(): Promise<void>;
  hide(hidden: boolean): void;
}

declare global {
  interface Window {
    host: Host;
  }
}

/** Runs in the page and is sent there as text, so it uses nothing but its argument and the browser. */
export async function hostPage(registerLocale: (catalogue: object) => void): Promise<void> {
  const query = new URLSearchParams(location.search);
  // Catalogues without texts: the texts stay English, but numbers are drawn in that language.
  for (const lang of ['en', 'fr']) registerLocale({ lang, dir: 'ltr', messages: {} });
  registerLocale({ lang: 'ar', dir: 'rtl', messages: {} });
  const slots = [...document.querySelectorAll('.slot')] as HTMLElement[];
  const form = document.createElement('refund-form') as unknown as Host['form'];
  for (const name of ['provider', 'endpoint', 'payment-id', 'locale', 'reference', 'allow-third-decimal']) {
    const value = query.get(name);
    if (value !== null) form.setAttribute(name, value);
  }
  const fetchPayment = () =>
    fetch(`/host/payment${location.search}`).then(
      (answer) => answer.json() as Promise<unknown>,
      // The host page is offline too, and keeps the payment that it has.
      () => form.payment,
    );
  const hasHostPayment = query.has('given');
  if (hasHostPayment) form.payment = await fetchPayment();
  let at = 0;
  let isHidden = false;
  Object.defineProperty(document, 'hidden', { get: () => isHidden });
  Object.defineProperty(document, 'visibilityState', { get: () => (isHidden ? 'hidden' : 'visible') });
  window.host = {
    form,
    move(how) {
      const from = slots[at]!;
      at = 1 - at;
      const to = slots[at]!;
      const withMove = to as HTMLElement & { moveBefore?: (node: Node, before: Node | null) => void };
      if (how === 'append') to.append(form);
      else if (how === 'insertBefore') to.insertBefore(form, to.firstChild);
      else if (how === 'moveBefore' && withMove.moveBefore) withMove.moveBefore(form, to.firstChild);
      else if (how === 'wrap') {
        // Some frameworks replace their whole list: they remove everything and insert it again.
        const children = [...from.childNodes];
        from.replaceChildren();
        to.replaceChildren(...children);
      } else {
        form.remove();
        to.append(form);
      }
    },
    detach: () => form.remove(),
    attach: () => slots[at]!.append(form),
    redraw() {
      if (form.payment) form.payment = structuredClone(form.payment);
      else for (const { name, value } of form.attributes) form.setAttribute(name, value);
    },
    async refetch() {
      if (!hasHostPayment) return form.refresh();
      const before = JSON.stringify(form.payment);
      form.payment = await fetchPayment();
      // The form cannot tell an equal payment from a page that is only drawn again.
      if (JSON.stringify(form.payment) === before) await form.refresh();
    },
    hide(hidden) {
      isHidden = hidden;
      document.dispatchEvent(new Event('visibilitychange'));
    },
  };
  slots[at]!.append(form);
}
