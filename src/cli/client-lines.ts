/** The lines that make Prefect's own clients send a key, over HTTP and in WebSocket handshakes. */
export function clientLines(key: string): string {
  return [
    '# Prefect 3.4.25 and newer: HTTP and every WebSocket',
    `export PREFECT_CLIENT_CUSTOM_HEADERS='{"Authorization": "Bearer ${key}"}'`,
    '# Prefect 2 and older 3: in the address, and kept out of the links that flow runs print',
    `export PREFECT_API_URL='https://prefect:${key}@<your host>/api'`,
    "export PREFECT_UI_URL='https://<your host>'",
    '# Prefect 1',
    `export PREFECT__CLOUD__API_KEY='${key}'`,
    '# anything else',
    `curl -H 'Authorization: Bearer ${key}' https://<your host>/api/admin/version`,
  ].join('\n');
}
