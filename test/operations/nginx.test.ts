import { frontEndCases } from './support/front-end-cases.ts';
import { startNginx } from './support/nginx.ts';
import { unless } from './support/program.ts';

frontEndCases('nginx', startNginx, unless('nginx'));
