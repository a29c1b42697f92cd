/** What the clients of Prefect send, as they send it to nginx and as nginx puts it to the service. */

export interface ClientRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A read of Prefect 3, decided on by its headers. */
export function restRead(key: string): ClientRequest {
  return {
    method: 'GET',
    path: '/api/flow_runs/0192f0c1-7a3e-7c11-a8e1-2f6e1d1f9a55',
    headers: { ...clientHeaders(key), Accept: '*/*' },
  };
}

/** A mutation of Prefect 1, decided on by its body of some 900 bytes, or of `bytes`. */
export function graphqlMutation(key: string, bytes = 900): ClientRequest {
  const query = `mutation($input: create_flow_run_input!) {
  create_flow_run(input: $input) {
    id
    flow_run_state: state
    __typename
  }
}`;
  const parameters = { source: 's3://warehouse/orders', retries: 3, full: false, padding: '' };
  const input = {
    flow_id: 'b7f0d6a2-2c07-4d5e-9b7b-5a1f6c8c2f11',
    flow_run_name: 'nightly-orders',
    scheduled_start_time: '2026-11-22T03:00:00+00:00',
    labels: ['production', 'eu-west-1', 'large'],
    context: { team: 'analytics', ticket: 'ORD-4711' },
    parameters,
  };
  const toBody = () => JSON.stringify({ query, variables: { input } });
  parameters.padding = 'x'.repeat(Math.max(0, bytes - toBody().length));
  return {
    method: 'POST',
    path: '/graphql',
    headers: { ...clientHeaders(key), Accept: 'application/json', 'Content-Type': 'application/json' },
    body: toBody(),
  };
}

/** The same request as the question that nginx asks the service (nginx/prefect-auth/question.conf). */
export function asQuestion({ method, path, headers, body }: ClientRequest): ClientRequest {
  return {
    method: body === undefined ? 'GET' : 'POST',
    path: '/auth',
    headers: {
      ...headers,
      'X-Original-Method': method,
      'X-Original-URI': path,
      ...(body !== undefined && { 'X-Original-Content-Length': `${Buffer.byteLength(body)}` }),
      'X-Real-IP': '127.0.0.1',
      'X-Request-Id': '4bf92f3577b34da6a3ce929d0e0e4736',
    },
    ...(body !== undefined && { body }),
  };
}

function clientHeaders(key: string): Record<string, string> {
  return { Authorization: `Bearer ${key}`, 'User-Agent': 'prefect/3.4.25 (API 0.8.4)' };
}
