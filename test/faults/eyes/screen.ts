import { toAsciiDigits } from '../../../contract/money/typed.ts';
import { en } from '../../../widget/messages/en.ts';
import type { Raw, RawButton } from './in-page.ts';

/**
 * The only file that knows how the form is drawn. It turns the contents of the shadow root into facts, by class,
 * part, id, and the keys of the text catalogue.
 */

type Key = keyof typeof en;

/** Minor units. */
export interface Figures {
  readonly captured: bigint;
  readonly refunded: bigint;
  readonly pending: bigint;
  readonly refundable: bigint;
}

/** What a screen claims about one refund or one vendor's part. */
export interface Claim {
  readonly standing: 'pending' | 'succeeded' | 'failed' | 'cancelled' | 'reversing' | 'reversed' | 'unknown' | 'other';
  /** Minor units. */
  readonly amount: bigint | undefined;
  /** The provider's ids shown with it. */
  readonly ids: readonly string[];
  /** Last digits of the vendor's account. */
  readonly vendor: string | undefined;
}

export interface Facts {
  readonly at: string;
  readonly figures: Figures | undefined;
  /** The new refundable amount, if the screen says that it has changed. */
  readonly changed: bigint | undefined;
  /** The amount in review and outcome, in minor units. */
  readonly echo: bigint | undefined;
  readonly claims: readonly Claim[];
  /** What the payment's list claims about the other refunds. */
  readonly listed: readonly Claim[];
  /** Last characters of the key with an unknown outcome. */
  readonly keyTail: string | undefined;
  /** Text of an uncovered button that leads directly to another refund. */
  readonly another: string | undefined;
  /** Whether the form asks for confirmation before another refund. */
  readonly asksFirst: boolean;
  /** Whether the outcome of a cancellation is unknown. */
  readonly cancelIsOpen: boolean;
  /** Whether a notice says that the last attempt refunded nothing. */
  readonly saysNothing: boolean;
  /** Whether the notice is about a request that was not sent because the browser is offline. */
  readonly isOffline: boolean;
  readonly raw: Raw;
}

/** States that show a refund or the parts of one. */
const OUTCOMES = new Set([
  'pending',
  'succeeded',
  'failed',
  'reversing',
  'reversed',
  'cancelled',
  'unrecognised',
  'vendors_result',
]);
/** Buttons that leave an outcome for another refund. */
const ANOTHER = ['again', 'anotherYes', 'retry', 'retryRefused', 'unlockYes', 'unlockRecord'] as const;
const RESULTS: readonly (readonly [Key, Claim['standing']])[] = [
  ['vendor_pending', 'pending'],
  ['vendor_succeeded', 'succeeded'],
  ['vendor_cancelled', 'cancelled'],
  ['vendor_unknown', 'unknown'],
  ['vendor_dataTempered', 'failed'],
  ['vendor_refundIssue', 'failed'],
  ['vendor_insufficientBalance', 'failed'],
];

/** Words of the payment's list that say what became of the money. The others tell how a request ended. */
const LISTED: readonly (readonly [Key, Claim['standing']])[] = [
  ['status_pending', 'pending'],
  ['status_succeeded', 'succeeded'],
  ['status_failed', 'failed'],
  ['status_reversing', 'reversing'],
  ['status_reversed', 'reversed'],
  ['vendor_cancelled', 'cancelled'],
];

/** Whether this is that text of the catalogue, with any values filled in. */
export function matchesText(text: string, key: Key): boolean {
  const parts = en[key].split(/\{\w+\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.+')}$`).test(text);
}

export function factsOf(raw: Raw): Facts {
  const isOutcome = OUTCOMES.has(raw.at);
  return {
    at: raw.at,
    figures: figuresOf(raw),
    changed: changedRefundable(raw),
    echo: raw.echo === undefined ? undefined : minorOf(raw.echo),
    claims: isOutcome ? claimsOf(raw) : [],
    listed: listedOf(raw),
    keyTail: raw.facts.find(([name]) => matchesText(name, 'key'))?.[1],
    another: raw.buttons.find(({ text, covered }) => !covered && ANOTHER.some((key) => matchesText(text, key)))?.text,
    asksFirst: raw.texts.some((text) => matchesText(text, 'another')),
    cancelIsOpen: raw.texts.some((text) => matchesText(text, 'cancel_unknown') || matchesText(text, 'cancel_sending')),
    saysNothing: raw.notice.some((text) => text.startsWith(en.refusedTitle)),
    isOffline: raw.notice.some((text) => text.includes(en.refused_offline)),
    raw,
  };
}

function figuresOf({ figures }: Raw): Figures | undefined {
  const one = (key: Key) => {
    const figure = figures.find(([name]) => matchesText(name, key));
    return figure && minorOf(figure[1]);
  };
  const captured = one('paid');
  const refundable = one('refundable');
  if (captured === undefined || refundable === undefined) return undefined;
  return { captured, refundable, refunded: one('refunded') ?? 0n, pending: one('pending') ?? 0n };
}

/** Of `100.00 before, 90.00 now` the second amount. */
function changedRefundable({ changed, facts }: Raw): bigint | undefined {
  const [, value = ''] = (changed && facts.find(([name]) => matchesText(name, 'refundable'))) || [];
  const now = value.split(en.changedFigure.split(/\{\w+\}/)[1]!)[1];
  return now === undefined ? undefined : minorOf(now);
}

function claimsOf(raw: Raw): Claim[] {
  if (raw.at !== 'vendors_result') {
    const standing = raw.at === 'unrecognised' ? 'other' : (raw.at as Claim['standing']);
    const amount = raw.echo === undefined ? undefined : minorOf(raw.echo);
    return [{ standing, amount, ids: raw.ids, vendor: undefined }];
  }
  return raw.rows.map(({ cells, ids }) => {
    const [vendor = '', amount = '', result = ''] = cells;
    const standing = RESULTS.find(([key]) => result.startsWith(en[key].replace(/\{.*/, '')))?.[1] ?? 'other';
    return { standing, amount: minorOf(amount), ids: ids.slice(1), vendor: vendor.slice(-4) };
  });
}

/** A row without a provider's id is about a request, not about a refund. */
function listedOf({ listed }: Raw): Claim[] {
  return listed
    .filter(({ ids }) => ids.length > 0)
    .map(({ amount, standing, ids }) => ({
      standing: LISTED.find(([key]) => standing === en[key])?.[1] ?? 'other',
      amount: minorOf(amount),
      ids,
      vendor: undefined,
    }));
}

/** A drawn amount in minor units, in any locale. It always has all decimals of its currency. */
export function minorOf(text: string): bigint {
  return BigInt(toAsciiDigits(text).replaceAll(/\D/g, '') || '0');
}

/** The number of a drawn amount, as a person would copy it. */
export function numberIn(text: string): string {
  return /\p{Nd}[\p{Nd}.,٫]*/u.exec(text)?.[0].replace(/[.,]$/, '') ?? '';
}

/** The decimal separator of this screen. */
export function separatorIn(text: string): string {
  return /\p{Nd}([.,٫])\p{Nd}+\P{Nd}*$/u.exec(text)?.[1] ?? '.';
}

export function decimalsIn(text: string): number {
  return numberIn(text).split(separatorIn(text))[1]?.length ?? 0;
}

export const THOUSANDS = 1230n;

/** The number `THOUSANDS` with the group separator of this screen. */
export function thousandsFor(text: string): string {
  return separatorIn(text) === ',' ? '1.230' : '1,230';
}

/** The refundable amount as drawn. */
export function refundableText({ figures }: Raw): string {
  return figures.find(([name]) => matchesText(name, 'refundable'))?.[1] ?? '';
}

/** Buttons by their function, with the keys of their texts. */
export const BUTTONS = {
  review: ['toReview', 'toReviewAll'],
  confirm: ['confirm', 'askApproval'],
  change: ['change'],
  check: ['check', 'checkOrSend'],
  again: ['again', 'retry'],
  retryRefused: ['retryRefused'],
  anotherYes: ['anotherYes'],
  anotherNo: ['anotherNo'],
  back: ['back'],
  split: ['split'],
  cancel: ['cancel'],
  cancelYes: ['cancelYes'],
  reload: ['reload', 'signedIn'],
  decide: ['decide'],
  approve: ['approve'],
  decline: ['decline'],
  declineYes: ['declineYes'],
  record: ['unlockRecord'],
  unlock: ['unlockYes'],
} as const satisfies Record<string, readonly Key[]>;
export type ButtonName = keyof typeof BUTTONS;

export function buttonFor(buttons: readonly RawButton[], name: ButtonName): RawButton | undefined {
  return buttons.find(({ text, covered }) => !covered && BUTTONS[name].some((key) => matchesText(text, key)));
}
