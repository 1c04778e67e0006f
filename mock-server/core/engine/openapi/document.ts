import * as z from 'zod/mini';

import type { Provider, Route } from '../provider.ts';
import { SCENARIO_NAMES } from '../scenarios/catalogue.ts';
import type { Settings } from '../settings.ts';
import type { Description, Operation, Parameter, Parameters } from './operation.ts';

const JSON_MEDIA = 'application/json';

const ABOUT_SANDBOX =
  'A sandbox: nothing here moves money. `x-sandbox-scenario` asks for an outcome or a fault of this one call; ' +
  'what an injected fault makes of an answer is outside of this document.';

const SCENARIO: Parameters = {
  'x-sandbox-scenario': {
    schema: z.string(),
    about: `Only here, not at the provider: one of ${SCENARIO_NAMES.join(', ')}, with parameters after a semicolon.`,
  },
};

/**
 * The OpenAPI 3.1 document of one provider, made from its routes and their schemas.
 * @param base origin and namespace, without a trailing slash
 */
export function openapiDocument(
  { prefix, rootPrefix, description, routes }: Provider,
  base: string,
  settings: Settings,
): Record<string, unknown> {
  const { title, about, schemas, security } = description;
  const prefixes = rootPrefix === undefined ? [prefix] : [prefix, rootPrefix];
  return {
    openapi: '3.1.0',
    info: { title, version: '1.0.0', description: `${about}\n\n${ABOUT_SANDBOX}` },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: prefixes.map((path) => ({ url: base + path })),
    paths: pathsOf(routes, description, settings),
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, jsonSchemaOf(schema, schemas, name)]),
      ),
      securitySchemes: security.schemes,
    },
  };
}

function pathsOf(
  routes: readonly Route[],
  description: Description,
  settings: Settings,
): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route, description, settings);
  }
  return paths;
}

function operationOf(route: Route, description: Description, settings: Settings): object {
  const { operation } = route;
  const { schemas, security } = description;
  const { body, answer } = operation;
  return {
    operationId: route.name,
    summary: operation.summary,
    security: (route.auth ? [security.signedIn] : [security.signingIn]).map((names) =>
      Object.fromEntries(names.map((name) => [name, []])),
    ),
    parameters: parametersOf(route, description),
    ...(body && {
      requestBody: {
        required: body.optional !== true,
        content: { [JSON_MEDIA]: { schema: jsonSchemaOf(body.schema, schemas), ...example(body.example) } },
      },
    }),
    responses: {
      [route.success(settings)]: {
        description: answer.about,
        content: {
          [JSON_MEDIA]: {
            schema: jsonSchemaOf(answer.schema, schemas),
            ...(answer.examples && {
              examples: Object.fromEntries(Object.entries(answer.examples).map(([name, value]) => [name, { value }])),
            }),
          },
        },
      },
      ...refusalsOf(operation, description),
    },
  };
}

const example = (value: unknown) => (value === undefined ? {} : { example: value });

function parametersOf(route: Route, { headers, writeHeaders, schemas }: Description): object[] {
  const { path = {}, query = {} } = route.operation;
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const inPath = names.map((name) => [
    name,
    path[name] ?? { schema: z.string(), about: 'As an earlier answer gave it' },
  ]);
  const inHeader = {
    ...(route.auth && headers),
    ...(route.auth && route.method !== 'GET' && writeHeaders),
    ...SCENARIO,
  };
  const parameterObject = (place: string, name: string, { schema, about, required, example: value }: Parameter) => ({
    name,
    in: place,
    description: about,
    required: place === 'path' || required === true,
    schema: jsonSchemaOf(schema, schemas),
    ...example(value),
  });
  return [
    ...inPath.map(([name, parameter]) => parameterObject('path', name as string, parameter as Parameter)),
    ...Object.entries(query).map(([name, parameter]) => parameterObject('query', name, parameter)),
    ...Object.entries(inHeader).map(([name, parameter]) => parameterObject('header', name, parameter)),
  ];
}

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'string', pattern: '^\\d+$' } },
};

function refusalsOf({ refuses = [] }: Operation, { always, refusals, schemas }: Description): Record<string, object> {
  const statuses = [...new Set([...always, ...refuses.map(String)])].toSorted();
  return Object.fromEntries(
    statuses.map((status) => {
      const { about, schema } = refusals[status]!;
      return [
        status,
        {
          description: about,
          ...(status === '429' && { headers: RETRY_AFTER }),
          content: { [JSON_MEDIA]: { schema: jsonSchemaOf(schema, schemas) } },
        },
      ];
    }),
  );
}

/** A schema as JSON Schema 2020-12; one that has a name in the document as a reference, except where it is defined. */
function jsonSchemaOf(schema: z.ZodMiniType, named: Description['schemas'], defines?: string): object {
  const name = nameOf(schema, named);
  if (name !== undefined && name !== defines) return { $ref: `#/components/schemas/${name}` };
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // The contract's "no limit" is infinite, which JSON cannot say.
      if (jsonSchema.maxLength === Infinity) delete jsonSchema.maxLength;
      const inner = nameOf(zodSchema as unknown as z.ZodMiniType, named);
      if (inner === undefined || inner === name) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
      jsonSchema.$ref = `#/components/schemas/${inner}`;
    },
  });
  return json;
}

function nameOf(schema: z.ZodMiniType, named: Description['schemas']): string | undefined {
  return Object.keys(named).find((name) => named[name] === schema);
}
