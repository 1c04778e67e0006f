/**
 * Code that runs in the page before anything else. Each function is sent as text, so it uses nothing but its
 * arguments and the browser.
 */

/** Everything that a person can read in the form, without any interpretation. */
export interface Raw {
  /** The state, which is the form's class. */
  readonly at: string;
  readonly heading: string;
  readonly figures: readonly (readonly [name: string, value: string])[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly echo: string | undefined;
  readonly texts: readonly string[];
  readonly notice: readonly string[];
  readonly buttons: readonly RawButton[];
  /** The ids as drawn, of the form or of one row of its table. */
  readonly ids: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly ids: readonly string[] }[];
  /** The payment's list of refunds. Nothing of it is among the other texts. */
  readonly listed: readonly { readonly amount: string; readonly standing: string; readonly ids: readonly string[] }[];
  readonly listedButtons: readonly RawButton[];
  /** Whether the form takes a person's word about a request, and whether it asks for one more confirmation. */
  readonly statement: { readonly isDrawn: boolean; readonly mustConfirm: boolean };
  readonly fields: {
    readonly amount: string | undefined;
    readonly note: string | undefined;
    readonly reason: string | undefined;
    readonly full: boolean | undefined;
    readonly vendors: readonly string[];
  };
  readonly faults: number;
  /** Whether the form says what has changed since the review. */
  readonly changed: boolean;
}

export interface RawButton {
  readonly text: string;
  readonly primary: boolean;
  readonly busy: boolean;
  /** Whether it must be uncovered before it can be pressed, or a person has done so. */
  readonly covered: boolean;
}

/** One drawing or request of the page, in order. */
export type LogEntry =
  | { readonly drawing: Raw }
  | {
      readonly request: {
        readonly url: string;
        readonly headers: Readonly<Record<string, string>>;
        readonly body: string;
      };
    };

/** What the page is still doing, for code that waits until it has finished. */
export interface Busy {
  /** Requests without a complete answer, and locks that were requested. */
  readonly pending: number;
  /** Grows with every event. */
  readonly eventCount: number;
  /** The last mark seen from each source. */
  readonly marks: Readonly<Record<string, number>>;
}

export interface Eyes {
  take(): LogEntry[];
  busy(): Promise<Busy>;
  mark(name: string, value: number): void;
  read(): Raw | undefined;
}

declare global {
  interface Window {
    eyes: Eyes;
  }
}

export function readForm(root: ShadowRoot): Raw | undefined {
  const section = root.querySelector('[part~=form]');
  if (!section) return undefined;
  const text = (element: Element | null) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
  const all = (selector: string, within: ParentNode = section) => {
    const found = [...within.querySelectorAll(selector)];
    return within === section ? found.filter((element) => !element.closest('.history')) : found;
  };
  const listed = [...section.querySelectorAll('.history')];
  const listedAll = (selector: string) => listed.flatMap((history) => all(selector, history));
  const buttons = (found: Element[]) =>
    (found as HTMLButtonElement[]).map((button) => ({
      text: text(button),
      primary: button.part.contains('primary'),
      busy: button.disabled || button.getAttribute('aria-disabled') === 'true',
      covered: button.closest('details:not([open]), details[data-opened]') !== null,
    }));
  const list = (lists: Element[]) =>
    lists.flatMap((dl) =>
      [...dl.querySelectorAll('dt')].map((name): [string, string] => [text(name), text(name.nextElementSibling)]),
    );
  const value = (selector: string) => root.querySelector<HTMLInputElement>(selector)?.value;
  const scopes = all('input[type=radio]') as HTMLInputElement[];
  return {
    at: section.className.split(' ')[0] ?? '',
    heading: text(root.getElementById('heading')),
    figures: list(all('dl.figures')),
    facts: list(all('dl:not(.figures)')),
    echo: section.querySelector('[part~=amount-echo]') ? text(section.querySelector('[part~=amount-echo]')) : undefined,
    texts: all('p, span, li, strong, label').map(text),
    notice: all('[part~=notice]').map(text),
    buttons: buttons(all('button')),
    ids: all('bdi.id').map(text),
    rows: all('tbody tr').map((row) => ({
      cells: [...row.children].map(text),
      ids: all('bdi.id', row).map(text),
    })),
    listed: listedAll('li').map((row) => ({
      amount: text(row.querySelector('.line bdi')),
      standing: text(row.querySelector('.line span')),
      ids: all('.copyable bdi.id', row).map(text),
    })),
    listedButtons: buttons(listedAll('button')),
    statement: {
      isDrawn: all('input[name=sure]').length > 0,
      mustConfirm: all('input[name=confirm]').length > 0,
    },
    fields: {
      amount: value('#amount'),
      note: value('#note'),
      reason: value('#reason'),
      full: scopes[0] && scopes[0].checked,
      vendors: all('input[id^=vendor-]').map((input) => (input as HTMLInputElement).value),
    },
    faults: all('[aria-invalid=true], .error').length,
    changed: section.querySelector('[part~=changes]') !== null,
  };
}

/** Records every drawing and request, and counts the requests in progress. */
export function recordPage(readForm: (root: ShadowRoot) => Raw | undefined): void {
  const log: LogEntry[] = [];
  const marks: Record<string, number> = {};
  const roots = new Set<ShadowRoot>();
  let pending = 0;
  let eventCount = 0;
  let lastJson = '';

  const logDrawing = (root: ShadowRoot) => {
    const raw = readForm(root);
    const json = JSON.stringify(raw);
    if (!raw || json === lastJson) return;
    lastJson = json;
    eventCount += 1;
    log.push({ drawing: raw });
  };
  const attachShadow = Reflect.get(Element.prototype, 'attachShadow');
  Element.prototype.attachShadow = function attach(init) {
    const root = attachShadow.call(this, init);
    if (this.localName === 'refund-form') {
      roots.add(root);
      const watch = new MutationObserver(() => logDrawing(root));
      watch.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
    }
    return root;
  };

  const realFetch = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    const isWrite = request.method === 'POST';
    const copy = request.clone();
    pending += 1;
    eventCount += 1;
    if (isWrite) {
      const body = await copy.text();
      log.push({ request: { url: request.url, headers: Object.fromEntries(request.headers), body } });
    }
    const finish = () => {
      pending -= 1;
      eventCount += 1;
    };
    try {
      const response = await realFetch(request);
      void response
        .clone()
        .arrayBuffer()
        .catch(() => undefined)
        .finally(finish);
      return response;
    } catch (error) {
      finish();
      throw error;
    }
  };

  const { locks } = navigator;
  const request = locks?.request.bind(locks) as (...args: unknown[]) => Promise<unknown>;
  if (locks) {
    // Another tab may hold a lock for ever, so waiting for one does not count. With `ifAvailable` the answer comes
    // soon.
    locks.request = (...args: unknown[]) => {
      const [, options] = args as [string, LockOptions | undefined];
      const work = args.pop() as (lock: unknown) => unknown;
      if (!options?.ifAvailable) return request(...args, work);
      pending += 1;
      return request(...args, (lock: unknown) => {
        pending -= 1;
        eventCount += 1;
        return work(lock);
      });
    };
  }

  const RealSource = window.EventSource;
  window.EventSource = class extends RealSource {
    constructor(url: string | URL, init?: EventSourceInit) {
      super(url, init);
      this.addEventListener('eyes', ({ data }) => {
        const { stream, mark } = JSON.parse(data as string) as { stream: string; mark: number };
        marks[stream] = mark;
      });
      this.addEventListener('payment', () => (eventCount += 1));
    }
  };

  addEventListener('storage', ({ key, newValue }) => {
    if (key?.startsWith('eyes:')) marks[key] = Number(newValue);
    else eventCount += 1;
  });
  const channel = new BroadcastChannel('eyes');
  channel.addEventListener('message', ({ data }: MessageEvent<[string, number]>) => {
    marks[`channel:${data[0]}`] = data[1];
  });
  const nextTurn = () =>
    new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', () => resolve());
      port1.start();
      port2.postMessage(0);
    });

  window.eyes = {
    take: () => log.splice(0),
    async busy() {
      for (let turns = 0; turns < 3; turns += 1) await nextTurn();
      for (const root of roots) {
        await (root.host as unknown as { updateComplete?: Promise<unknown> }).updateComplete;
        logDrawing(root);
      }
      return { pending, eventCount, marks: { ...marks } };
    },
    mark(name, value) {
      localStorage.setItem(`eyes:${name}`, String(value));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target
      channel.postMessage([name, value]);
    },
    read: () => [...roots].map(readForm).findLast((raw) => raw !== undefined),
  };
}
