import { toAsciiDigits } from '../../../contract/money/typed.ts';
import { en } from '../../../widget/messages/en.ts';
import type { Raw, RawButton } from './in-page.ts';

/**
 * The one place that knows how the form is drawn: what stands in its shadow root becomes facts here, by class, part and
 * id, and by the keys of its catalogue of texts.
 */

type Key = keyof typeof en;

/** Minor units. */
export interface Figures {
  readonly captured: bigint;
  readonly refunded: bigint;
  readonly pending: bigint;
  readonly refundable: bigint;
}

/** What a screen says of one refund that it shows, or of one vendor's part. */
export interface Claim {
  readonly standing: 'pending' | 'succeeded' | 'failed' | 'cancelled' | 'reversing' | 'reversed' | 'unknown' | 'other';
  /** Minor units. */
  readonly amount: bigint | undefined;
  /** The provider's ids on it. */
  readonly ids: readonly string[];
  /** Last digits of the vendor's account. */
  readonly vendor: string | undefined;
}

export interface Facts {
  readonly at: string;
  readonly figures: Figures | undefined;
  /** What it says that can be refunded has changed to. */
  readonly changed: bigint | undefined;
  /** The amount in review and outcome, in minor units. */
  readonly echo: bigint | undefined;
  readonly claims: readonly Claim[];
  /** Last characters of the key that is unknown. */
  readonly keyTail: string | undefined;
  /** A button that leads to another refund at once, and can be pressed as it stands. */
  readonly another: string | undefined;
  /** Whether a question stands before another refund. */
  readonly asksFirst: boolean;
  /** Nobody knows whether the cancel of a refund went through. */
  readonly cancelIsOpen: boolean;
  /** A notice says that the last try refunded nothing. */
  readonly saysNothing: boolean;
  /** The notice is about a request that was not even tried: the browser is offline. */
  readonly isOffline: boolean;
  readonly raw: Raw;
}

/** States in which a refund, or the parts of one, are shown. */
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
const ANOTHER = ['again', 'anotherYes', 'retry', 'unlockYes'] as const;
const RESULTS: readonly (readonly [Key, Claim['standing']])[] = [
  ['vendor_pending', 'pending'],
  ['vendor_succeeded', 'succeeded'],
  ['vendor_cancelled', 'cancelled'],
  ['vendor_unknown', 'unknown'],
  ['vendor_dataTempered', 'failed'],
  ['vendor_refundIssue', 'failed'],
  ['vendor_insufficientBalance', 'failed'],
];

/** The text of the catalogue, whatever is filled in. */
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

/** Of `100.00 before, 90.00 now` the second. */
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

/** An amount as it is drawn, in whatever locale: it always has all decimals of its currency. */
export function minorOf(text: string): bigint {
  return BigInt(toAsciiDigits(text).replaceAll(/\D/g, '') || '0');
}

/** The number of an amount as it is drawn, such as a person would copy it. */
export function numberIn(text: string): string {
  return /\p{Nd}[\p{Nd}.,٫]*/u.exec(text)?.[0].replace(/[.,]$/, '') ?? '';
}

/** Between units and decimals, as this screen draws it. */
export function separatorIn(text: string): string {
  return /\p{Nd}([.,٫])\p{Nd}+\P{Nd}*$/u.exec(text)?.[1] ?? '.';
}

export function decimalsIn(text: string): number {
  return numberIn(text).split(separatorIn(text))[1]?.length ?? 0;
}

export const THOUSANDS = 1230n;

/** The same number in the groups of a screen that draws this amount. */
export function thousandsFor(text: string): string {
  return separatorIn(text) === ',' ? '1.230' : '1,230';
}

/** The figure that can be refunded, as it is drawn. */
export function refundableText({ figures }: Raw): string {
  return figures.find(([name]) => matchesText(name, 'refundable'))?.[1] ?? '';
}

/** What can be pressed in a state, by what it does. */
export const BUTTONS = {
  review: ['toReview', 'toReviewAll'],
  confirm: ['confirm'],
  change: ['change'],
  check: ['check', 'checkOrSend'],
  again: ['again', 'retry'],
  anotherYes: ['anotherYes'],
  anotherNo: ['anotherNo'],
  back: ['back'],
  split: ['split'],
  cancel: ['cancel'],
  cancelYes: ['cancelYes'],
  reload: ['reload', 'signedIn'],
} as const satisfies Record<string, readonly Key[]>;
export type ButtonName = keyof typeof BUTTONS;

export function buttonFor({ buttons }: Raw, name: ButtonName): RawButton | undefined {
  return buttons.find(({ text, covered }) => !covered && BUTTONS[name].some((key) => matchesText(text, key)));
}
