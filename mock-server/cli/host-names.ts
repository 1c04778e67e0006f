import { InvalidArgumentError } from 'commander';

/**
 * Collects the host names of a flag, in small letters as they are compared. A URL, or a name with more than is compared,
 * would fit no host.
 */
export function hostNames(example: string, form: RegExp): (text: string, before?: readonly string[]) => string[] {
  return (text, before = []) => {
    if (form.test(text)) return [...before, text.toLowerCase()];
    throw new InvalidArgumentError(`Expected a host name such as ${example}.`);
  };
}
