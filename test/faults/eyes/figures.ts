import { paymentSummary } from '../../../contract/index.ts';
import type { Screen } from './browser-screen.ts';
import { ofText } from './memory.ts';
import type { Figures } from './screen.ts';
import type { Verdict } from './verdict.ts';
import type { World } from './world.ts';

interface Told {
  readonly step: number;
  readonly payment: string;
  readonly figures: string;
}

/** States that hold on to the figures that were reviewed. */
const FROZEN = new Set(['review', 'vendors_review', 'sending']);

/** Figures on a screen are some that the proxy has told since this screen read the payment last: nothing older, nothing else. */
export function checkFigures(world: World, verdict: Verdict): void {
  const { shop, front, screens, memory } = world;
  if (!shop.ledger) return;
  const told = [
    ...front.streams.told.flatMap(({ step, text }) => tellOf(step, text)),
    ...front.calls.flatMap(({ method, step, text }) => (method === 'GET' ? tellOf(step, text) : [])),
  ];
  for (const screen of screens) {
    const { given, order } = screen.options;
    // What a host page tells is its own affair; the form counts its own refunds on top.
    if (given) continue;
    const { payment_id } = shop.orders[order]!;
    const since = readBefore(world, screen, payment_id);
    const known = new Set(told.filter(({ step, payment }) => step >= since && payment === payment_id).map(textOf));
    for (const { facts } of memory.of(screen).drawn) {
      const { at, figures } = facts;
      if (!figures || FROZEN.has(at)) continue;
      const shown = show(figures);
      verdict.must(
        known.has(shown),
        `${screen.id} on ${at} shows ${shown}, told since step ${since}: ${[...known].join('; ')}`,
      );
    }
  }
}

/** The last step before this one in which the screen itself was answered. */
function readBefore({ front }: World, { id }: Screen, payment: string): number {
  const read = front.calls.findLast(
    ({ screen, method, path, step, status }) =>
      screen === id && method === 'GET' && step < front.step && status === 200 && path.endsWith(`/payments/${payment}`),
  );
  return read?.step ?? 0;
}

function tellOf(step: number, text = ''): Told[] {
  if (!text.startsWith('{')) return [];
  const { data } = paymentSummary.safeParse(JSON.parse(text));
  if (!data) return [];
  const one = (amount: string) => ofText(amount, data.currency);
  const { payment_id: payment, captured, refunded, pending, refundable } = data;
  const figures = {
    captured: one(captured),
    refunded: one(refunded),
    pending: one(pending),
    refundable: one(refundable),
  };
  return [{ step, payment, figures: show(figures) }];
}

const textOf = ({ figures }: Told): string => figures;

export function show({ captured, refunded, pending, refundable }: Figures): string {
  return `captured ${captured}, refunded ${refunded}, pending ${pending}, refundable ${refundable}`;
}
