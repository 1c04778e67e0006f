import {
  clockState,
  health,
  journalAnswer,
  namespacesAnswer,
  type SandboxClock,
  type SandboxHealth,
} from '../../client/answers.ts';
import {
  paymentsAnswer,
  providersAnswer,
  scenariosAnswer,
  type SandboxActiveRule,
  type SandboxPaymentMoney,
  type SandboxProvider,
  type SandboxScenario,
} from '../../client/overview.ts';
import {
  endpointsAnswer,
  webhooksAnswer,
  type SandboxWebhook,
  type SandboxWebhookEndpoint,
} from '../../client/webhooks.ts';
import type { ViewName } from '../logic/address.ts';
import { EMPTY_LOG, merge, nextQuery, type CallLog } from '../logic/call-log.ts';
import type { DataRow } from '../logic/rows.ts';
import { M } from '../messages.ts';
import { Control, ControlError, UnreachableError } from './control.ts';

/** `gone`: the namespace does not exist. `refused`: the sandbox answers, and not with what the page needs. */
export type Link = 'connecting' | 'live' | 'lost' | 'gone' | 'refused';

export interface Notice {
  readonly text: string;
  readonly isProblem: boolean;
}

export interface Unsaved {
  readonly text: string;
  /** The row as it was opened; `undefined` for a new one. */
  readonly opened: DataRow | undefined;
}

const INTERVAL_MS = 1_000;
const LOST_INTERVAL_MS = 2_000;
const NOTICE_MS = 8_000;
/** Webhooks that one read brings: the newest. */
export const WEBHOOK_LIMIT = 200;

/**
 * What the page knows of one namespace. It reads the journal and the clock once a second, and what the open view shows;
 * nothing while the page is hidden. Fires `change` when something was read.
 */
export class Sandbox extends EventTarget {
  readonly namespace: string;
  readonly control: Control;
  link: Link = 'connecting';
  /** Why the link is `refused`. */
  refusal = '';
  notice: Notice | undefined;
  view: ViewName = 'calls';
  log: CallLog = EMPTY_LOG;
  clock: SandboxClock | undefined;
  providers: readonly SandboxProvider[] = [];
  known: readonly SandboxScenario[] = [];
  magic: Readonly<Record<string, string>> = {};
  active: readonly SandboxActiveRule[] = [];
  payments: readonly SandboxPaymentMoney[] = [];
  paymentTotal = 0;
  webhooks: readonly SandboxWebhook[] = [];
  endpoints: readonly SandboxWebhookEndpoint[] = [];
  rows: SandboxHealth['rows'] = {};
  namespaces: readonly string[] = [];
  /** What was typed about a row and is not saved, by its address: it outlives the editor and the view. */
  readonly unsaved = new Map<string, Unsaved>();
  /** Number of times that the sandbox was read. A view that reads on its own reads again when it changes. */
  reads = 0;
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
  #isStarted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Each read waits for the one before, so that no older answer replaces a newer one. */
  #reading: Promise<void> = Promise.resolve();

  constructor(namespace: string) {
    super();
    this.namespace = namespace;
    this.control = new Control(namespace);
  }

  start(): void {
    this.#isStarted = true;
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#onVisibility();
  }

  stop(): void {
    this.#isStarted = false;
    document.removeEventListener('visibilitychange', this.#onVisibility);
    clearTimeout(this.#timer);
  }

  #onVisibility = (): void => {
    clearTimeout(this.#timer);
    if (!document.hidden) void this.refresh();
  };

  show(view: ViewName): void {
    this.view = view;
    if (this.#isStarted) void this.refresh();
  }

  titleOf(provider: string): string {
    return this.providers.find(({ name }) => name === provider)?.title ?? provider;
  }

  /** Does what a person asked for, says how it went, and reads again. @returns whether it was done */
  async act(done: string, work: () => Promise<unknown>): Promise<boolean> {
    this.tell(undefined);
    let isDone = false;
    try {
      await work();
      isDone = true;
    } catch (error) {
      this.tell(this.wordsOf(error), true);
    }
    await this.refresh();
    if (isDone) this.tell(done);
    return isDone;
  }

  /** Says how something went. What went well goes away by itself; a problem stays until it is dismissed. */
  tell(text: string | undefined, isProblem = false): void {
    clearTimeout(this.#noticeTimer);
    if (text !== undefined && !isProblem) this.#noticeTimer = setTimeout(() => this.tell(undefined), NOTICE_MS);
    this.notice = text === undefined ? undefined : { text, isProblem };
    this.#changed();
  }

  wordsOf(error: unknown): string {
    if (error instanceof UnreachableError) return M.link.lost;
    return error instanceof Error ? error.message : String(error);
  }

  /** Reads everything that is shown, now. */
  refresh(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readAll());
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      if (this.providers.length === 0) await this.#readProviders();
      await Promise.all([this.#readJournal(), this.#readClock(), this.#readView()]);
      this.link = 'live';
      this.reads += 1;
    } catch (error) {
      this.#fail(error);
    }
    this.#changed();
    if (!document.hidden && this.#isStarted) {
      this.#timer = setTimeout(() => void this.refresh(), this.link === 'live' ? INTERVAL_MS : LOST_INTERVAL_MS);
    }
  }

  #fail(error: unknown): void {
    // Whatever comes next may be another sandbox: nothing that was read holds any more.
    this.log = EMPTY_LOG;
    if (error instanceof UnreachableError) this.link = 'lost';
    else if (error instanceof ControlError && error.status === 404 && this.namespace !== '') this.link = 'gone';
    else {
      this.link = 'refused';
      this.refusal = this.wordsOf(error);
    }
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }

  async #readProviders(): Promise<void> {
    this.providers = (await this.control.read('/providers', providersAnswer)).providers;
  }

  async #readJournal(): Promise<void> {
    const page = await this.control
      .read(`/journal${nextQuery(this.log)}`, journalAnswer)
      .catch((error: unknown) => this.#whenAhead(error));
    const log = page && merge(this.log, page);
    this.log = log ?? merge(EMPTY_LOG, await this.control.read(`/journal${nextQuery(EMPTY_LOG)}`, journalAnswer))!;
  }

  /** The journal refuses a number that it has not come to: it was cleared. */
  #whenAhead(error: unknown): undefined {
    if (error instanceof ControlError && error.status === 400 && this.log.entries.length > 0) return undefined;
    throw error;
  }

  async #readClock(): Promise<void> {
    this.clock = await this.control.read('/clock', clockState);
  }

  async #readView(): Promise<void> {
    const { control } = this;
    const scenarios = control.read('/scenarios', scenariosAnswer);
    switch (this.view) {
      case 'calls':
      case 'scenarios':
        break;
      case 'payments': {
        const { payments, total } = await control.read('/payments?limit=100', paymentsAnswer);
        this.payments = payments;
        this.paymentTotal = total;
        break;
      }
      case 'webhooks': {
        const [{ webhooks }, { endpoints }] = await Promise.all([
          control.read(`/webhooks?limit=${WEBHOOK_LIMIT}`, webhooksAnswer),
          control.read('/webhooks/endpoints', endpointsAnswer),
        ]);
        this.webhooks = webhooks;
        this.endpoints = endpoints;
        break;
      }
      case 'data':
        this.rows = (await control.read('/health', health)).rows;
    }
    const { active, known, magic_amounts: magic } = await scenarios;
    this.active = active;
    this.known = known;
    this.magic = magic;
  }

  async readNamespaces(): Promise<void> {
    const { namespaces } = await this.control.server('GET', '/ns', namespacesAnswer);
    this.namespaces = namespaces.toSorted();
    this.#changed();
  }
}
