import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

import type { SandboxActiveRule, SandboxScenario, SandboxScenarioParam } from '../../client/overview.ts';
import { usualOf } from '../logic/scenario-params.ts';
import { M } from '../messages.ts';
import { typed } from '../parts/fields.ts';

export interface ScenarioRowState {
  readonly isOn: boolean;
  /** The rules that are set for it. */
  readonly rules: readonly SandboxActiveRule[];
  /** Titles of the providers that support it. */
  readonly titles: readonly string[];
  readonly amount: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly titleOf: (provider: string) => string;
  readonly onSwitch: (isOn: boolean) => void;
  readonly onParam: (name: string, value: string) => void;
}

/** A scenario as a switch, with its parameters while it is off and with what is left of it while it is on. */
export function scenarioRow({ name, about, params = {} }: SandboxScenario, row: ScenarioRowState): TemplateResult {
  const { isOn } = row;
  return html`
    <li class=${isOn ? 'scenario on' : 'scenario'}>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          aria-describedby="about-${name}"
          .checked=${live(isOn)}
          @change=${(event: Event) => row.onSwitch((event.target as HTMLInputElement).checked)}
        />
        <code>${name}</code>
      </label>
      <span class="quiet whose"
        >${row.titles.join(', ')}${row.amount === undefined ? nothing : html` · ${M.scenarios.magic(row.amount)}`}</span
      >
      <p id="about-${name}">${about}</p>
      ${isOn ? row.rules.map((rule) => html`<p class="rule">${ruleWords(rule, row.titleOf)}</p>`) : nothing}
      ${
        isOn || Object.keys(params).length === 0
          ? nothing
          : html`<details class="options">
              <summary>${M.scenarios.options}<span class="hidden"> ${name}</span></summary>
              ${Object.entries(params).map(([param, spec]) => paramField(param, spec, row))}
            </details>`
      }
    </li>
  `;
}

function paramField(
  name: string,
  { about, duration = false, ...spec }: SandboxScenarioParam,
  { params, onParam }: ScenarioRowState,
): TemplateResult {
  return html`
    <label class="field param">
      <span><code>${name}</code> ${about}</span>
      <input
        autocomplete="off"
        inputmode=${duration ? 'text' : 'numeric'}
        placeholder=${duration ? M.scenarios.duration : usualOf(spec)}
        .value=${params[name] ?? ''}
        @input=${(event: Event) => onParam(name, typed(event))}
      />
    </label>
  `;
}

function ruleWords(
  { times, provider, route, payment_id: payment, params }: SandboxActiveRule,
  titleOf: (provider: string) => string,
): string {
  const given = Object.entries(params).map(([name, value]) => `${name}=${value}`);
  const whose = provider === undefined ? undefined : titleOf(provider);
  const where = route === '*' ? M.scenarios.anyRoute : route;
  return [M.scenarios.left(times), whose, where, payment, ...given].filter((part) => part !== undefined).join(' · ');
}
