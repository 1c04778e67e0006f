import { CREATES, goTogether, isFor, scenario, type ScenarioKind, type ScenarioName } from './catalogue.ts';
import { supports, type Chosen, type ScenarioParams, type Supporter } from './parse.ts';

export interface RuleFilter {
  readonly provider?: string | undefined;
  /** Name of a route, or `*` for every route. By default a rule is for the calls that move money, if its scenario is for any. */
  readonly route?: string | undefined;
  readonly payment_id?: string | undefined;
}

export interface Rule extends RuleFilter {
  readonly id: number;
  readonly scenario: ScenarioName;
  readonly params: ScenarioParams;
  /** Number of calls that may still use it. */
  readonly times: number;
}

/** A call that rules are compared with. */
export interface Occasion {
  readonly provider: Supporter;
  readonly route: string;
  readonly movesMoney: boolean;
  readonly payment: string | undefined;
}

/** Plain data of a book, for a snapshot. */
interface BookData {
  readonly next: number;
  readonly rules: Rule[];
  /** Snapshots of older versions have none. */
  readonly faulted?: string[] | undefined;
}

/** The scenarios of the control API. Calls use them up in the order in which they were set. */
export class ScenarioBook {
  #rules: Rule[] = [];
  #next = 1;
  /** Idempotency keys of requests whose own fault was carried out. */
  readonly #faultedKeys = new Set<string>();

  /** Marks the fault in the body of this request as carried out. @returns `false` when it already was */
  useFault(key: string): boolean {
    if (this.#faultedKeys.has(key)) return false;
    this.#faultedKeys.add(key);
    return true;
  }

  add(chosen: Chosen, times: number, filter: RuleFilter): Rule {
    const rule: Rule = { id: this.#next, scenario: chosen.name, params: chosen.params, times, ...filter };
    this.#next += 1;
    this.#rules.push(rule);
    return rule;
  }

  list(): readonly Rule[] {
    return this.#rules;
  }

  /** @returns whether there was one */
  remove(id: number): boolean {
    const others = this.#rules.filter((rule) => rule.id !== id);
    const isRemoved = others.length < this.#rules.length;
    this.#rules = others;
    return isRemoved;
  }

  clear(): void {
    this.#rules = [];
  }

  snapshot(): Required<BookData> {
    return { next: this.#next, rules: structuredClone(this.#rules), faulted: [...this.#faultedKeys] };
  }

  restore({ next, rules, faulted = [] }: BookData): void {
    this.#next = next;
    this.#rules = structuredClone([...rules]);
    this.#faultedKeys.clear();
    for (const key of faulted) this.#faultedKeys.add(key);
  }

  /**
   * Uses the first rule of this kind that fits, and every later one that fits and goes together with it. Two rules that
   * were set one after the other, to send webhooks twice and late, are both for the next refund.
   */
  take(kind: ScenarioKind, occasion: Occasion): readonly Chosen[] {
    if (this.#rules.length === 0) return NONE;
    const scenarios: Chosen[] = [];
    for (const rule of this.#rules.slice()) {
      if (scenario(rule.scenario).kind !== kind || !fits(rule, occasion)) continue;
      if (!scenarios.every(({ name }) => goTogether(name, rule.scenario))) continue;
      scenarios.push({ name: rule.scenario, params: rule.params });
      this.#useUp(rule);
    }
    return scenarios;
  }

  #useUp(rule: Rule): void {
    const index = this.#rules.indexOf(rule);
    if (rule.times === 1) this.#rules.splice(index, 1);
    else this.#rules[index] = { ...rule, times: rule.times - 1 };
  }
}

const NONE: readonly Chosen[] = [];

/** Whether a scenario is for calls that create a refund, maybe among others. */
const canMoveMoney = (name: ScenarioName): boolean => CREATES.some((route) => isFor(name, route));

/** Whether a rule is for this call. */
export function fits(
  rule: Omit<Rule, 'id' | 'params' | 'times'>,
  { provider, route, movesMoney, payment }: Occasion,
): boolean {
  if (!supports(provider, rule.scenario) || !isFor(rule.scenario, route)) return false;
  if (rule.provider !== undefined && rule.provider !== provider.name) return false;
  if (rule.payment_id !== undefined && rule.payment_id !== payment) return false;
  if (rule.route === undefined) return movesMoney || !canMoveMoney(rule.scenario);
  return rule.route === '*' || rule.route === route;
}
