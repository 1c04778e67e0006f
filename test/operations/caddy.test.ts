import { startCaddy } from './support/caddy.ts';
import { frontEndCases } from './support/front-end-cases.ts';
import { unless } from './support/program.ts';

frontEndCases('Caddy', startCaddy, unless('caddy'));
