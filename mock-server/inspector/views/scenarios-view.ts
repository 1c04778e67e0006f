import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import { activeAnswer, type SandboxScenario } from '../../client/overview.ts';
import { rule } from '../../client/answers.ts';
import { magicAmount, paramsOf, type TypedParams } from '../logic/scenario-params.ts';
import { M } from '../messages.ts';
import { selectField, typed } from '../parts/fields.ts';
import { View } from '../parts/view.ts';
import { scenarioRow } from './scenario-row.ts';

/** The largest number of calls that a rule takes. */
const ALWAYS = 1_000_000;

/** Which calls the next switch is for. An empty text leaves a member out. */
interface Target {
  readonly provider: string;
  readonly route: string;
  readonly payment: string;
  readonly times: number;
}

/** Every scenario and fault as a switch. */
class ScenariosView extends View {
  static override properties = {
    ...View.properties,
    target: { state: true },
    params: { state: true },
    turning: { state: true },
  };

  declare target: Target;
  /** What was typed, by scenario. */
  declare params: Readonly<Record<string, TypedParams>>;

  /** What a person has switched, until the sandbox has answered. */
  declare turning: ReadonlyMap<string, boolean>;

  constructor() {
    super();
    this.turning = new Map();
    this.target = { provider: '', route: '', payment: '', times: 1 };
    this.params = {};
  }

  #aim(change: Partial<Target>): void {
    this.target = { ...this.target, ...change };
  }

  async #switch(scenario: SandboxScenario, isOn: boolean): Promise<void> {
    const { name } = scenario;
    if (this.turning.has(name)) return;
    this.turning = new Map(this.turning).set(name, isOn);
    await (isOn ? this.#switchOn(scenario) : this.#switchOff(name));
    const turning = new Map(this.turning);
    turning.delete(name);
    this.turning = turning;
  }

  #switchOn(scenario: SandboxScenario): Promise<boolean> {
    const { sandbox, target, params } = this;
    const { provider, route, times } = target;
    const payment = target.payment.trim();
    return sandbox.act(M.scenarios.on(scenario.name), () =>
      sandbox.control.send('POST', '/scenarios', rule, {
        scenario: scenario.name,
        times,
        params: paramsOf(scenario, params[scenario.name] ?? {}),
        ...(provider !== '' && { provider }),
        ...(route !== '' && { route }),
        ...(payment !== '' && { payment_id: payment }),
      }),
    );
  }

  #switchOff(name: string): Promise<boolean> {
    const { sandbox } = this;
    return sandbox.act(M.scenarios.off(name), async () => {
      for (const { id } of sandbox.active.filter(({ scenario }) => scenario === name)) {
        await sandbox.control.send('DELETE', `/scenarios/${id}`, activeAnswer);
      }
    });
  }

  #clear(): void {
    const { sandbox } = this;
    void sandbox.act(M.scenarios.cleared, () => sandbox.control.send('DELETE', '/scenarios', activeAnswer));
  }

  override render() {
    const { known, active } = this.sandbox;
    const kinds = [...new Set(known.map(({ kind }) => kind))];
    return html`
      ${this.#tools()}
      <p class="intro">
        ${M.scenarios.intro}
        ${active.length > 0 ? html`<button type="button" @click=${() => this.#clear()}>${M.scenarios.clear}</button>` : nothing}
      </p>
      ${kinds.map(
        (kind) => html`
          <section class="kind">
            <h2>${M.scenarios.kinds[kind] ?? kind}</h2>
            <ul class="scenarios">
              ${repeat(
                known.filter((scenario) => scenario.kind === kind && this.#isFor(scenario)),
                ({ name }) => name,
                (scenario) => this.#row(scenario),
              )}
            </ul>
          </section>
        `,
      )}
    `;
  }

  #isFor({ name, providers }: SandboxScenario): boolean {
    const { provider } = this.target;
    const isSet = this.sandbox.active.some(({ scenario }) => scenario === name);
    return providers.length > 0 && (provider === '' || providers.includes(provider) || isSet);
  }

  #row(scenario: SandboxScenario): TemplateResult {
    const { name, providers } = scenario;
    const typedParams = this.params[name] ?? {};
    return scenarioRow(scenario, {
      isOn: this.turning.get(name) ?? this.sandbox.active.some((one) => one.scenario === name),
      rules: this.sandbox.active.filter((one) => one.scenario === name),
      titles: providers.map((provider) => this.sandbox.titleOf(provider)),
      amount: magicAmount(name, this.sandbox.magic),
      params: typedParams,
      titleOf: (provider) => this.sandbox.titleOf(provider),
      onSwitch: (isOn) => void this.#switch(scenario, isOn),
      onParam: (param, value) => (this.params = { ...this.params, [name]: { ...typedParams, [param]: value } }),
    });
  }

  #tools(): TemplateResult {
    const { providers } = this.sandbox;
    const { provider, route, payment, times } = this.target;
    const own = providers.filter(({ name }) => provider === '' || name === provider);
    const routes = [...new Set(own.flatMap((one) => one.routes.map(({ name }) => name)))];
    return html`
      <div class="tools" role="group" aria-label=${M.scenarios.for}>
        ${selectField(
          M.scenarios.provider,
          [
            { value: '', word: M.scenarios.anyProvider },
            ...providers.map(({ name, title }) => ({ value: name, word: title })),
          ],
          provider,
          (value) => this.#aim({ provider: value, route: '' }),
        )}
        ${selectField(
          M.scenarios.route,
          [
            { value: '', word: M.scenarios.movesMoney },
            { value: '*', word: M.scenarios.anyRoute },
            ...routes.map((name) => ({ value: name, word: name })),
          ],
          route,
          (value) => this.#aim({ route: value }),
        )}
        ${selectField(
          M.scenarios.times,
          [
            { value: '1', word: M.scenarios.once },
            { value: '10', word: M.scenarios.ten },
            { value: String(ALWAYS), word: M.scenarios.always },
          ],
          String(times),
          (value) => this.#aim({ times: Number(value) }),
        )}
        <label class="field grow">
          <span>${M.scenarios.payment}</span>
          <input
            autocomplete="off"
            spellcheck="false"
            placeholder=${M.scenarios.anyPayment}
            .value=${payment}
            @input=${(event: Event) => this.#aim({ payment: typed(event) })}
          />
        </label>
      </div>
    `;
  }
}

customElements.define('scenarios-view', ScenariosView);
