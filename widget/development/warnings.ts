import { adapterOf } from '../adapters/index.ts';
import { RefundForm } from '../index.ts';

/**
 * The form for developers: it says in the console what a page has wrong. It is in the `development` build only, and
 * changes nothing of what the form does.
 */
class RefundFormWithWarnings extends RefundForm {
  constructor() {
    super();
    this.addEventListener('refund-form-load-error', ({ detail }) => warn(loadAdvice(this, detail.code)));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // A framework sets attributes and properties after it has created the element.
    setTimeout(() => {
      if (this.isConnected) for (const words of faultsOf(this)) warn(words);
    });
  }
}

export function defineWithWarnings(name = 'refund-form'): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined;
  if (!registry) return;
  if (registry.get(name)) {
    warn(
      `<${name}> is defined already: the page loads this element twice, perhaps once as a module and once as ` +
        'refund-form.min.js. The first definition stays. Load one of them.',
    );
  } else registry.define(name, RefundFormWithWarnings);
}

/** Attributes that every element may have. */
const GLOBAL =
  /^(?:id|class|style|slot|part|lang|dir|title|hidden|inert|role|tabindex|is|nonce|popover|on.*|data-.*|aria-.*|_ng.*|v-.*)$/;

function faultsOf(form: RefundForm): string[] {
  const known = (form.constructor as typeof RefundForm).observedAttributes;
  const strange = form
    .getAttributeNames()
    .filter((name) => !known.includes(name) && !GLOBAL.test(name))
    .map((name) => {
      const meant = known.find((other) => letters(other) === letters(name));
      const advice = meant === undefined ? `expected one of ${known.join(', ')}` : `is ${meant} meant?`;
      return `the attribute ${name} does nothing: ${advice}`;
    });
  const missing = (
    [
      ['provider', form.provider],
      ['endpoint', form.endpoint],
      ['payment-id', form.paymentId],
    ] as const
  )
    .filter(([, value]) => !value)
    .map(([name]) => `${name} is missing: the form shows nothing without it`);
  const provider =
    form.provider && !adapterOf(form.provider)
      ? [`provider="${form.provider}" is not known: expected uqpay, upayments, or one given to registerProvider before`]
      : [];
  const [query] = /[?#].+/.exec(form.endpoint ?? '') ?? [];
  const endpoint =
    query === undefined
      ? []
      : [`of the endpoint ${query} is left out: write it into the path, or send it in a header of \`transport\``];
  const { headingLevel: level, locale } = form;
  const isLevel = level === undefined || (Number.isInteger(level) && level >= 1 && level <= 6);
  const heading = isLevel ? [] : [`heading-level: expected a whole number from 1 to 6, received ${level}`];
  const language = !locale || isLanguage(locale) ? [] : [`locale="${locale}" is no language tag such as en or zh-CN`];
  return [...strange, ...missing, ...provider, ...endpoint, ...heading, ...language];
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

const letters = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, '');

/** What to look for when the payment could not be loaded. `code`: as the event tells it. */
function loadAdvice({ endpoint, paymentId, provider }: RefundForm, code: string): string {
  const { href, origin } = new URL(endpoint, document.baseURI);
  // A page is not told why a request to another origin got no answer: the network panel shows it.
  const words = ADVICE[code === 'no_answer' && origin !== location.origin ? 'origin_not_allowed' : code];
  const place = `the payment ${paymentId} could not be loaded from ${href} (${code})`;
  return `${place}: ${words?.({ origin, provider }) ?? 'see the answer in the network panel'}`;
}

type About = Pick<RefundForm, 'provider'> & { readonly origin: string };

const wrongEndpoint = ({ provider }: About) =>
  `the endpoint is wrong. It is the path where your proxy serves ${provider}, such as /refunds/${provider}, and GET of it answers with the name refund-form-proxy`;

const ADVICE: Readonly<Record<string, (about: About) => string>> = {
  not_found: wrongEndpoint,
  path_not_allowed: wrongEndpoint,
  unreadable: (about) => `the answer is no payment: a sign-in page, or ${wrongEndpoint(about)}`,
  payment_not_found: () =>
    'the orders hook of the proxy knows no such order. Check payment-id: for UQPAY the id of the payment intent, for UPayments the order id of Get Payment Status',
  orders_unavailable: () => "the proxy's orders hook failed: its log says why",
  origin_not_allowed: () =>
    `the proxy does not accept pages of ${location.origin}. Serve the proxy at the page's own origin, or name ${location.origin} in allowedOrigins (REFUND_ALLOWED_ORIGINS)`,
  no_answer: ({ origin }) => `nothing answers at ${origin}. Is the proxy running?`,
};

const said = new Set<string>();

/** Once for each sentence: a framework may create the element again and again. */
function warn(words: string): void {
  if (said.has(words)) return;
  said.add(words);
  console.warn(`refund-form: ${words}`);
}
