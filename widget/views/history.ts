import { html, nothing, render, type TemplateResult } from 'lit';

import type { PaymentRefund } from '../../contract/payment.ts';
import type { Controller } from '../flow/controller.ts';
import { countText } from '../flow/draft.ts';
import { hasNoAnswer, isUnknown, showsPayment, toSettle, type State } from '../flow/state.ts';
import { cancelling } from './cancel.ts';
import { references } from './copy.ts';
import { moment, numberOf, reasonText, standingText } from './listed.ts';
import { button, facts, id, money, place, type Drawn, type View } from './parts.ts';
import { receiptButtons } from './receipt.ts';
import { words, wordsOf } from './refusals.ts';
import { settling } from './settle.ts';
import { vendorName } from './vendor-name.ts';

/** So many are seen without a click. */
const FEW = 3;
/** How many are drawn at a time. */
const PAGE = 20;

/** What is drawn of one form's list. Each row keeps its element when a newer refund comes, and so keeps the focus. */
interface Drawing {
  readonly pages: HTMLUListElement[];
  /** By the refund that each shows. */
  readonly elements: Record<string, HTMLLIElement>;
  /** How many rows were asked for. */
  most: number;
  readonly isOpen: boolean;
}
const drawings = new WeakMap<Controller, Drawing>();

/**
 * What nobody knows yet is said above the form, because the list may be closed. A review hides it, and keeps what was
 * typed there.
 */
export function unknowns(view: View, state: State, isShown: boolean): Drawn {
  const { t, controller } = view;
  const { at, summary } = state;
  const isHidden = at === 'review';
  if (!summary || !(isShown || isHidden)) return nothing;
  // Whoever may settle it can do so here, too: the browser that sent it may be somebody else's.
  const part = toSettle(summary);
  const open = isShown ? controller.history.rows().filter(({ standing }) => standing === 'unknown') : [];
  return html`<div class="place" role="status">
      ${open.map(
        (row) =>
          html`<div class="panel warning" part="unknown">
            <p><b>${money(view, row.amount, row.currency ?? summary.currency)}</b> ${t('vendor_unknown')}</p>
            ${about(view, row)} ${vendorOf(view, row)}
          </div>`,
      )}
    </div>
    ${part && (isHidden || showsPayment(state)) ? html`<div ?hidden=${isHidden}><div class="panel warning">${settling(view, { ...state, intent: { key: part.idempotency_key! } }, true)}</div></div>` : nothing}`;
}

/** The vendor of a part: its account where the proxy tells it, and otherwise the provider's id of the row. */
function vendorOf(view: View, { vendor, vendor_label: label }: PaymentRefund): TemplateResult | undefined {
  return vendor ? vendorName(view, label ?? vendor, vendor, label ? undefined : id(vendor)) : undefined;
}

/** Why, by whom and when. */
function about(view: View, listed: PaymentRefund): TemplateResult {
  const { t, controller } = view;
  const { status, requested_by: by, idempotency_key: key } = listed;
  const facts = [
    reasonText(view, listed.reason),
    by
      ? t('by', { by: html`<bdi>${by}</bdi>` })
      : // A proxy that keeps no mark cannot tell it from a request whose answer was lost.
        key === null &&
        !controller.state.summary?.refunds?.some(hasNoAnswer) &&
        t(status === 'not_listed' ? status : 'elsewhere'),
    moment(view, listed),
  ].filter(Boolean);
  return html`<p class="hint">${facts.map((fact, index) => [index ? ' · ' : '', fact])}</p>`;
}

/** The payment's refunds beside what the form shows above, the newest first. */
export function history(view: View, state: State): Drawn {
  const { t, controller, locale } = view;
  const isDisplayed = 'refunds' in state || isUnknown(state);
  const rows = isDisplayed || showsPayment(state) ? controller.history.rows() : [];
  if (rows.length === 0) return nothing;
  const drawing = drawings.get(controller) ?? { pages: [], elements: {}, most: PAGE, isOpen: rows.length <= FEW };
  drawings.set(controller, drawing);
  const count = countText(rows.length, locale);
  return html`<details class="history" part="history" ?open=${drawing.isOpen}>
    <summary>${t(isDisplayed ? 'otherRefunds' : 'refunds', { count })}</summary>
    ${list(view, rows, drawing, 0)}
  </details>`;
}

function list(view: View, rows: readonly PaymentRefund[], drawing: Drawing, from: number): TemplateResult {
  const to = from + PAGE;
  const more = () => {
    drawing.most = Math.max(drawing.most, to + PAGE);
    view.controller.history.redraw();
  };
  const page = (drawing.pages[from] ??= document.createElement('ul'));
  const shown = rows.slice(from, to);
  const names = rows.map(nameOf);
  for (const [index, row] of shown.entries()) {
    // Of those that nobody can tell apart, by how many are older.
    const name = names[from + index]!;
    const older = names.lastIndexOf(name) - from - index;
    const element = (drawing.elements[`${name} ${older}`] ??= document.createElement('li'));
    render(item(view, row), element);
    // An element that is put in again, if only where it is, loses the focus.
    if (page.children[index] !== element) page.insertBefore(element, page.children[index]!);
  }
  while (page.children[shown.length]) page.lastChild!.remove();
  return html`${page}
  ${
    rows.length > to
      ? html`<details @toggle=${more}>
          <summary>${view.t('more')}</summary>
          ${drawing.most > to ? list(view, rows, drawing, to) : nothing}
        </details>`
      : nothing
  }`;
}

const nameOf = ({ intent_id, vendor, refund_id }: PaymentRefund) => `${intent_id} ${vendor} ${refund_id}`;

function item(view: View, listed: PaymentRefund): TemplateResult {
  const { t, s, controller } = view;
  const { status, approval } = listed;
  const refund = controller.history.refundIn(listed);
  const { amount, currency, standing, cancelStep } = refund;
  const number = numberOf(refund);
  const check = controller.history.resends(refund) ? 'checkOrSend' : 'check';
  return html`<div class="line" role="status">
      ${money(view, amount, currency)}<span class=${standing === 'unknown' ? 'warning' : standing}
        >${standingText(view, standing === 'unrecognised' ? listed : { ...listed, standing })}</span
      >
    </div>
    ${about(view, listed)} ${standing === 'unrecognised' ? words(view, status) : nothing}
    ${wordsOf(view, approval?.decided_by, approval?.reason)}
    ${facts([...references(view, refund), [t('vendor'), vendorOf(view, listed)]])}
    ${receiptButtons(
      view,
      refund,
      html`${place(cancelling(view, refund, `${s('cancel')} ${number}`))}
      ${
        cancelStep === 'unknown'
          ? button(t(check), () => void controller.history.cancel(refund), { name: `${s(check)} ${number}` })
          : nothing
      }`,
    )}`;
}
