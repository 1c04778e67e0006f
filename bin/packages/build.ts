import { buildElement } from './element.ts';
import { buildServer } from './server.ts';

buildServer();
await buildElement();
