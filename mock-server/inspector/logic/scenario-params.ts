import type { SandboxScenario, SandboxScenarioParam } from '../../client/overview.ts';

/** What a person typed, by the name of the parameter. */
export type TypedParams = Readonly<Record<string, string>>;

/** The parameters of a scenario as the control API takes them. Those that were left as they are stay out. */
export function paramsOf({ params = {} }: SandboxScenario, typed: TypedParams): Record<string, number | string> {
  const given: Record<string, number | string> = {};
  for (const [name, param] of Object.entries(params)) {
    const text = typed[name]?.trim() ?? '';
    if (text === '' || text === usualOf(param)) continue;
    // What is no number goes as it is: the sandbox says what it expects.
    given[name] = param.duration === true || Number.isNaN(Number(text)) ? text : Number(text);
  }
  return given;
}

/** The value of a parameter that nobody changes, as text. */
export const usualOf = ({ default: usual }: Pick<SandboxScenarioParam, 'default'>): string =>
  usual === undefined ? '' : String(usual);

/** The amount that asks for a scenario by itself; `undefined` when none does. */
export function magicAmount(name: string, magic: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(magic).find((amount) => magic[amount] === name);
}
