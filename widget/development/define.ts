import { defineWithWarnings } from './warnings.ts';

export { registerLocale, registerProvider } from '../index.ts';

defineWithWarnings();
