import { paymentSummary } from '../../../contract/index.ts';
import type { Screen } from './browser-screen.ts';
import { ofText } from './memory.ts';
import type { Figures } from './screen.ts';
import type { Verdict } from './verdict.ts';
import type { World } from './world.ts';

interface Report {
  readonly step: number;
  readonly payment: string;
  readonly figures: string;
}

/** States that keep the figures that were reviewed. */
const FROZEN = new Set(['review', 'vendors_review', 'sending']);

/** Checks that a screen shows only figures that the proxy has sent since this screen last read the payment. */
export function checkFigures(world: World, verdict: Verdict): void {
  const { shop, front, screens, memory } = world;
  if (!shop.ledger) return;
  const reports = [
    ...front.streams.events.flatMap(({ step, text }) => reportsOf(step, text)),
    ...front.calls.flatMap(({ method, step, text }) => (method === 'GET' ? reportsOf(step, text) : [])),
  ];
  for (const screen of screens) {
    const { hasHostPayment, order } = screen.options;
    // The host page may give other figures, and the form adds its own refunds to them.
    if (hasHostPayment) continue;
    const { payment_id } = shop.orders[order]!;
    const since = lastReadStep(world, screen, payment_id);
    const knownTexts = new Set(
      reports.filter(({ step, payment }) => step >= since && payment === payment_id).map(textOf),
    );
    for (const { facts } of memory.of(screen).drawings) {
      const { at, figures } = facts;
      if (!figures || FROZEN.has(at)) continue;
      const figuresText = show(figures);
      verdict.must(
        knownTexts.has(figuresText),
        `${screen.id} on ${at} shows ${figuresText}, told since step ${since}: ${[...knownTexts].join('; ')}`,
      );
    }
  }
}

/** The last step before this one in which the proxy answered this screen's read. */
function lastReadStep({ front }: World, { id }: Screen, payment: string): number {
  const read = front.calls.findLast(
    ({ screen, method, path, step, status }) =>
      screen === id && method === 'GET' && step < front.step && status === 200 && path.endsWith(`/payments/${payment}`),
  );
  return read?.step ?? 0;
}

function reportsOf(step: number, text = ''): Report[] {
  if (!text.startsWith('{')) return [];
  const { data } = paymentSummary.safeParse(JSON.parse(text));
  if (!data) return [];
  const minorUnits = (amount: string) => ofText(amount, data.currency);
  const { payment_id: payment, captured, refunded, pending, refundable } = data;
  const figures = {
    captured: minorUnits(captured),
    refunded: minorUnits(refunded),
    pending: minorUnits(pending),
    // Where nothing can be refunded, that is what the form says.
    refundable: data.not_refundable ? 0n : minorUnits(refundable),
  };
  return [{ step, payment, figures: show(figures) }];
}

const textOf = ({ figures }: Report): string => figures;

export function show({ captured, refunded, pending, refundable }: Figures): string {
  return `captured ${captured}, refunded ${refunded}, pending ${pending}, refundable ${refundable}`;
}
