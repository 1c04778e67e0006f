import { adapterOf } from '../adapters/index.ts';
import { BROWSER } from '../browser/browser.ts';
import { onLocale } from '../messages/registry.ts';
import type { RefundReason } from '../model.ts';
import type { RefundFormElement } from './element.ts';

/**
 * The address of an endpoint, however a page writes it. `undefined`: it is none. A page that was opened with a name and a
 * password in its address has them in its base: no browser fetches such an address, and it would name what is stored.
 */
function addressOf(endpoint: string): string | undefined {
  if (!endpoint || !URL.canParse(endpoint, document.baseURI)) return undefined;
  const url = new URL(endpoint, document.baseURI);
  url.username = url.password = '';
  return url.href.replace(/\/*([?#].*)?$/, '');
}

type Given = Pick<RefundFormElement, (typeof IDENTITY)[number]>;

/** What a form refunds, and where, however the page writes it now. */
export function identityOf({ provider, endpoint, paymentId, environment = BROWSER }: Given) {
  return [adapterOf(provider), addressOf(endpoint), paymentId && textOf(paymentId), environment] as const;
}

/** What a page gives for a text: a number for an order id, or an object for a locale. */
export function textOf(given: unknown): string {
  return String(given);
}

/** The locale of a form: as the page gives it, or else the language around the form, or else the browser's. */
export function localeOf(element: Element, given: string | undefined): string {
  return textOf(given || closestLang(element) || navigator.language);
}

/** The language of the closest ancestor, through shadow roots. */
function closestLang(element: Element): string | null {
  const found = element.closest('[lang]');
  const root = element.getRootNode();
  return found || !(root instanceof ShadowRoot) ? (found?.getAttribute('lang') ?? null) : closestLang(root.host);
}

/** An attribute that is on or off. Vue and Svelte write `"false"` for a property that is bound by the attribute's name. */
export function flag(attribute: string) {
  return { attribute, converter: (value: string | null) => (value ?? 'false') !== 'false' };
}

/** Whether the values differ. A page that renders again sets an equal value as a new object. */
export function differs(now: unknown, before: unknown): boolean {
  return JSON.stringify(now) !== JSON.stringify(before);
}

/** The reasons of the page that can be chosen: `undefined` for none, so that the usual ones are offered. */
export function reasonsOf(given: unknown): readonly RefundReason[] | undefined {
  if (given === undefined) return undefined;
  const sound = new Map<string, RefundReason>();
  const wrong: unknown[] = [];
  for (const reason of Array.isArray(given) ? given : [given]) {
    const { code, label } = Object(reason) as Partial<RefundReason>;
    if (code && label && typeof code === 'string' && !sound.has(code)) sound.set(code, reason as RefundReason);
    else wrong.push(reason);
  }
  if (wrong.length > 0) {
    // oxlint-disable-next-line no-console -- the developer of the page has to see it, and the admin can do nothing
    console.error('<refund-form>: each of `reasons` needs a `code` of its own and a `label`. Left out:', wrong);
  }
  return sound.size > 0 ? [...sound.values()] : undefined;
}

/** Browsers before `:state()` refuse names without dashes. */
export const HAS_STATES = globalThis.CSS?.supports?.('selector(:state(a))');

/** Calls back while the form is in the page. Returns a function that stops it. */
export function watchPage(
  element: Element,
  calls: {
    /** The page is visible or online again, or from the back-forward cache: what it shows may be old. */
    readonly seen: () => void;
    /** The page is left. It may come back from the back-forward cache. */
    readonly left: () => void;
    /** Another tab has stored this text under this name. */
    readonly stored: (name: string | null, text: string | null) => void;
    /** The language of the page, its direction or the known languages have changed. */
    readonly language: () => void;
  },
): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  // An element of the page can hide the document's own method by its name.
  addEventListener.call(document, 'visibilitychange', calls.seen, { signal });
  window.addEventListener('online', calls.seen, { signal });
  window.addEventListener('pageshow', ({ persisted }) => persisted && calls.seen(), { signal });
  window.addEventListener('pagehide', calls.left, { signal });
  window.addEventListener('storage', ({ key, newValue }) => calls.stored(key, newValue), { signal });
  const forgetLocales = onLocale(calls.language);
  const langs = new MutationObserver(calls.language);
  for (let root = element.getRootNode(); ; root = root.host.getRootNode()) {
    langs.observe(root, { attributes: true, attributeFilter: ['lang', 'dir'], subtree: true });
    if (!(root instanceof ShadowRoot)) break;
  }
  return () => {
    ended.abort();
    forgetLocales();
    langs.disconnect();
  };
}

/** They say which payment it is: another one begins anew. */
export const IDENTITY = ['provider', 'endpoint', 'paymentId', 'environment'] as const;
