import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** The parts of JSON Schema 2020-12 that the documents use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface DocumentedParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters: readonly DocumentedParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content: Readonly<Record<string, Media>> }>
  >;
}

export interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Example {
  readonly operationId: string;
  readonly schema: Schema;
  readonly value: unknown;
}

export interface DocumentReader {
  /** Why a value does not match a schema of the document; empty when it does. */
  readonly faults: (schema: Schema, value: unknown) => readonly string[];
  readonly resolve: (schema: Schema) => Schema;
  /** Schema of the answer with this HTTP status; `undefined` when the document does not have the status. */
  readonly answerOf: (operation: DocumentedOperation, status: number) => Schema | undefined;
  readonly examples: () => readonly Example[];
}

export function readDocument(document: Document): DocumentReader {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: 'document', components: document.components });
  const compiled = new Map<Schema, ValidateFunction>();

  function validator(schema: Schema): ValidateFunction {
    let validate = compiled.get(schema);
    if (!validate) {
      validate = ajv.compile(
        JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')) as object,
      );
      compiled.set(schema, validate);
    }
    return validate;
  }

  return {
    faults: (schema, value) => {
      const validate = validator(schema);
      if (validate(value)) return [];
      return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    },
    resolve: (schema) => {
      const name = schema.$ref?.split('/').at(-1);
      return name === undefined ? schema : document.components.schemas[name]!;
    },
    answerOf: ({ responses }, status) => {
      const response = responses[String(status)] ?? (status >= 500 ? responses['5XX'] : undefined);
      return response?.content['application/json']?.schema;
    },
    examples: () =>
      Object.values(document.paths)
        .flatMap((methods) => Object.values(methods))
        .flatMap(({ operationId, requestBody, responses, parameters }) => [
          ...[requestBody, ...Object.values(responses)].flatMap((part) =>
            Object.values(part?.content ?? {}).flatMap(({ schema, example, examples = {} }) =>
              [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)].map(
                (value) => ({ operationId, schema, value }),
              ),
            ),
          ),
          ...parameters
            .filter(({ example }) => example !== undefined)
            .map(({ schema, example }) => ({ operationId, schema, value: example })),
        ]),
  };
}
