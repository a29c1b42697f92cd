import { z } from 'zod';
import type { Endpoint } from './admin-keys-endpoints.ts';
import { problem } from './admin-keys-schema.ts';

const PROBLEMS: Readonly<Record<string, string>> = {
  400: 'The request is invalid; `detail` says why',
  401: 'The request has no key, or the key is not valid',
  403: 'The key lacks the scope, or would give rights that it does not have',
  404: 'There is no such key',
  409: 'It conflicts with the current state: the key has already been rotated, for example',
  503: 'The database does not answer; try again after Retry-After seconds',
};

/** The OpenAPI 3.1 document of the endpoints, made from the schemas that check their input. */
export function toOpenapi(endpoints: readonly Endpoint[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: toOperation(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'prefect-auth: keys', version: '1' },
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    security: [{ key: [] }],
    paths,
  };
}

function toOperation(endpoint: Endpoint): object {
  const problems = Object.entries(PROBLEMS).map(([status, description]) => [
    status,
    { description, ...content(problem, 'output') },
  ]);
  return {
    operationId: endpoint.operation.replaceAll('/', '_'),
    summary: endpoint.summary,
    description: `Needs the scope ${endpoint.operation}.`,
    parameters: [...pathParameters(endpoint), ...(endpoint.method === 'get' ? queryParameters(endpoint) : [])],
    ...(endpoint.method === 'post' && { requestBody: { required: true, ...content(endpoint.input, 'input') } }),
    responses: {
      [endpoint.status]: { description: 'Done', ...content(endpoint.output, 'output') },
      ...Object.fromEntries(problems),
    },
  };
}

function pathParameters({ path }: Endpoint): object[] {
  return path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : [];
}

function queryParameters({ input }: Endpoint): object[] {
  const { properties = {} } = toSchema(input, 'input') as { properties?: Record<string, object> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function content(schema: z.ZodType, io: 'input' | 'output'): object {
  return { content: { 'application/json': { schema: toSchema(schema, io) } } };
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
