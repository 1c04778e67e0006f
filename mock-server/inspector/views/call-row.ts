import { html, nothing, type TemplateResult } from 'lit';

import type { SandboxJournalEntry } from '../../client/answers.ts';
import { writeHash } from '../logic/address.ts';
import { seenStatus } from '../logic/call-filter.ts';
import { closestRoutes, NO_ROUTE } from '../logic/routes.ts';
import { showTime } from '../logic/time.ts';
import { M } from '../messages.ts';
import { idText } from '../parts/fields.ts';
import { jsonBlock } from '../parts/json.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

export interface CallRowState {
  readonly isOpen: boolean;
  /** The command, when the browser did not let the page copy it. */
  readonly command: string | undefined;
  readonly onToggle: () => void;
  readonly onCopy: () => void;
}

/** A call on one line, and below it, when it is open, its request and its answer side by side. */
export function callRow(entry: SandboxJournalEntry, sandbox: Sandbox, row: CallRowState): TemplateResult {
  const { sequence, time, method, path, query, scenario, wire, replayed } = entry;
  const panel = `call-${sequence}`;
  return html`
    <li class=${row.isOpen ? 'row open' : 'row'}>
      <button
        type="button"
        class="line call"
        aria-expanded=${row.isOpen ? 'true' : 'false'}
        aria-controls=${panel}
        @click=${row.onToggle}
      >
        <time datetime=${time}>${showTime(time, sandbox.clock?.now ?? time)}</time>
        <span class="method">${method}</span>
        ${statusMark(entry)}
        <span class="path">${path}${query === '' ? nothing : html`<span class="quiet">?${query}</span>`}</span>
        <span class="badges">
          ${scenario === null ? nothing : html`<span class="badge warning">${scenario}</span>`}
          ${wire === null ? nothing : html`<span class="badge bad">${M.calls.wire[wire] ?? wire}</span>`}
          ${replayed ? html`<span class="badge">${M.calls.replayed}</span>` : nothing}
        </span>
        <span class="provider">${sandbox.titleOf(entry.provider)}</span>
      </button>
      <div id=${panel} class="panel" ?hidden=${!row.isOpen}>${row.isOpen ? panelOf(entry, sandbox, row) : nothing}</div>
    </li>
  `;
}

function statusMark(entry: SandboxJournalEntry): TemplateResult {
  const seen = seenStatus(entry);
  if (seen === 'none') return html`<span class="status bad">${M.calls.noAnswer}</span>`;
  const tone = entry.status < 300 ? 'good' : entry.status < 500 ? 'warning' : 'bad';
  return html`<span class="status ${tone}">${seen}</span>`;
}

function panelOf(entry: SandboxJournalEntry, sandbox: Sandbox, { command, onCopy }: CallRowState): TemplateResult {
  const { request, response, payment_id: payment, policies } = entry;
  return html`
    <div class="panel-head">
      ${facts(entry)}
      <div class="actions">
        <button type="button" @click=${onCopy}>${M.calls.copy}</button>
        ${payment === null ? nothing : html`<a href=${writeHash('payments', payment)}>${M.calls.toPayment}</a>`}
      </div>
    </div>
    ${
      command === undefined
        ? nothing
        : html`<label class="field">
            <span>${M.calls.command}</span>
            <textarea readonly rows="6" spellcheck="false" .value=${command}></textarea>
          </label>`
    }
    ${entry.route === NO_ROUTE ? routesNear(entry, sandbox) : nothing} ${whatScenariosDo(entry, sandbox)}
    <div class="sides">
      <section>
        <h2>${M.calls.request}</h2>
        ${bodyOf(request, M.calls.request)}
      </section>
      <section>
        <h2>${M.calls.answer} ${statusMark(entry)}</h2>
        ${bodyOf(response, M.calls.answer)}
      </section>
    </div>
    ${
      policies.length === 0
        ? nothing
        : html`
            <details class="options">
              <summary>${M.calls.policies(policies.length)}</summary>
              <ul class="plain">
                ${policies.map(({ id, text }) => html`<li>${text} <code>${id}</code></li>`)}
              </ul>
            </details>
          `
    }
  `;
}

/** The journal has the answer as it was before a fault: what the fault did to it stands beside it. */
function whatScenariosDo({ scenario }: SandboxJournalEntry, { known }: Sandbox): TemplateResult {
  const names = scenario?.split(',').map((name) => name.trim()) ?? [];
  return html`${known
    .filter(({ name }) => names.includes(name))
    .map(({ name, about }) => html`<p class="warning"><code>${name}</code>: ${about}</p>`)}`;
}

function bodyOf(body: unknown, label: string): TemplateResult {
  return body === null ? html`<p class="quiet">${M.calls.noBody}</p>` : jsonBlock(body, label);
}

const FACTS = [
  'sequence',
  'route',
  'query',
  'payment_id',
  'refund_id',
  'idempotency_key',
  'account',
  'scenario',
] as const;

function facts(entry: SandboxJournalEntry): TemplateResult {
  const known = FACTS.filter((name) => entry[name] !== null && entry[name] !== '');
  return html`
    <dl class="facts">
      ${known.map(
        (name) => html`
          <div>
            <dt>${M.calls.facts[name]}</dt>
            <dd>${idText(String(entry[name]))}</dd>
          </div>
        `,
      )}
    </dl>
  `;
}

function routesNear(entry: SandboxJournalEntry, { providers }: Sandbox): TemplateResult {
  return html`
    <p>${M.calls.noRoute}</p>
    <ul class="plain">
      ${closestRoutes(entry, providers).map(
        ({ method, whole, name }) => html`<li><code>${method} ${whole}</code> <span class="quiet">${name}</span></li>`,
      )}
    </ul>
  `;
}
