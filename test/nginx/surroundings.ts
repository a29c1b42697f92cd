/** An nginx around a Prefect, as people have it, with the drop-in in place of what proxied to Prefect: `{drop-in}`. */
export interface Surrounding {
  /** At the level of http; `{http}` and `{https}` are where it listens, `{prefect}` is Prefect. */
  readonly conf: string;
  readonly isTls?: boolean;
  /** Where Prefect has its API. */
  readonly base?: string;
  /** Whether Prefect wants a password of its own. */
  readonly hasAuthString?: boolean;
  /** What the doctor says where it cannot work. */
  readonly says?: RegExp;
  /** What nginx says where it does not start. */
  readonly refuses?: RegExp;
}

const password = 'auth_basic "Prefect"; auth_basic_user_file /dev/null;';
const tls = 'ssl_certificate {certificate}; ssl_certificate_key {key};';
const toPrefect =
  'proxy_pass http://{prefect}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;';

const oauth2Proxy = `resolver 127.0.0.53; set $theirs {prefect}; auth_request /oauth2/auth; error_page 401 = @sign_in;
  auth_request_set $user $upstream_http_x_auth_request_user; proxy_set_header X-User $user;
  location = /oauth2/auth { internal; auth_request off; error_page 418 /; return 401; }
  location @sign_in { return 302 /oauth2/sign_in?rd=$request_uri; }
  location /oauth2/ { auth_request off; return 200 "sign in"; }`;

export const surroundings: Readonly<Record<string, Surrounding>> = {
  '1: a password before plain HTTP, and Connection "upgrade" on every request': {
    conf: `server { listen {http}; ${password} proxy_http_version 1.1; proxy_set_header X-Forwarded-Host $host:8080;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; {drop-in} }`,
  },
  '2: a password, no buffering, and a day to wait': {
    conf: `server { listen {http}; server_name _; ${password} proxy_buffering off; proxy_read_timeout 86400; {drop-in} }`,
  },
  '3: a whole nginx.conf with an upstream prefect, HTTP/2 and ACME': {
    isTls: true,
    conf: `upstream prefect { server {prefect}; }
      server { listen {http}; location /.well-known/acme-challenge/ { root /nowhere; } location / { return 301 https://$host$request_uri; } }
      server { listen {https} ssl http2; ${tls} ssl_protocols TLSv1.2 TLSv1.3; ${password} {drop-in} }`,
  },
  '4: pages and API on two origins, both guarded': {
    conf: `upstream prefect { server {prefect}; } server { listen {http}; {drop-in} } server { listen {https}; ${password} {drop-in} }`,
  },
  '4: pages and API on two origins, the pages left as they were': {
    conf: `upstream prefect { server {prefect}; } server { listen {https}; {drop-in} } server { listen {http}; ${password} location / { ${toPrefect} } }`,
    says: /\/api\/admin\/version: refused \(401\) by something else than prefect-auth, which asks for "Basic realm="Prefect""/,
  },
  '4: the location left that compares one Bearer': {
    conf: `server { listen {http}; location /api/ { if ($http_authorization != "Bearer x") { return 401; } ${toPrefect} } {drop-in} }`,
    says: /\/api\/admin\/version: refused \(401\) by something else than prefect-auth/,
  },
  '5: oauth2-proxy for all of the server': { conf: `server { listen {http}; ${oauth2Proxy} {drop-in} }` },
  "5: oauth2-proxy, and Prefect's own auth string behind it": {
    hasAuthString: true,
    conf: `server { listen {http}; ${oauth2Proxy} proxy_set_header Authorization "Basic YTpi"; {drop-in} }`,
    says: /refused \(401\) by Prefect itself: unset its PREFECT_SERVER_API_AUTH_STRING/,
  },
  '6: a shared host, Prefect below /prefect': {
    base: '/prefect/api',
    conf: `map $host $theirs { default 1; } server { listen {http}; location /grafana/ { ${password} return 200; } {drop-in} }`,
  },
  '6: a shared host, its location for the API left': {
    base: '/prefect/api',
    conf: `server { listen {http}; location ^~ /prefect/api/ { proxy_set_header X-Forwarded-Prefix /prefect; ${toPrefect} } {drop-in} }`,
    says: /Prefect's API at \/prefect\/api answers without a key/,
  },
  '6: a shared host that serves something else at /': {
    base: '/prefect/api',
    conf: 'server { listen {http}; location / { return 200; } {drop-in} }',
    refuses: /duplicate location "\/"/,
  },
  '7: a gateway whose /api/ is another backend': {
    base: '/prefect/api',
    conf: 'server { listen {http}; location /api/ { return 200 "the other"; } {drop-in} }',
  },
  '8: what certbot made, with proxy settings and CORS for all': {
    isTls: true,
    conf: `server { listen {https} ssl; ${tls} proxy_buffering off; proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_redirect off; add_header Access-Control-Allow-Origin *;
      if ($request_method = OPTIONS) { return 204; } {drop-in} }
      server { listen {http}; if ($host = prefect.example.com) { return 301 https://$host$request_uri; } return 404; }`,
  },
  '9: a load balancer before it, and the location for events left': {
    conf: `server { listen {http}; set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For; location /api/events/in { ${toPrefect} } {drop-in} }`,
    says: /The WebSocket \/api\/events\/in is answered without a key/,
  },
  '9: a load balancer before it': {
    conf: 'server { listen {http}; set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For; {drop-in} }',
  },
  "10: a distribution's template with a sub-path and short timeouts": {
    base: '/prefect/api',
    conf: `server { listen {http}; proxy_redirect off; proxy_connect_timeout 30s; proxy_read_timeout 30s; proxy_send_timeout 30s;
      location /other { limit_except GET POST { deny all; } return 200; } {drop-in} }`,
  },
  '11: a list of addresses, and a password': {
    conf: `server { listen {http}; allow 127.0.0.0/8; deny all; ${password} {drop-in} }`,
  },
  '11: a list of addresses on which the client is not': {
    conf: `server { listen {http}; allow 192.0.2.0/24; deny all; ${password} {drop-in} }`,
    says: /refused \(403\) by something else than prefect-auth: a list of addresses/,
  },
  "12: Prefect's documentation, three servers by least_conn": {
    conf: `upstream prefect_api { least_conn; server {prefect}; } server { listen {http}; proxy_connect_timeout 1s; proxy_read_timeout 1s; {drop-in} }`,
  },
  "12: Prefect's documentation, its location for the health left": {
    conf: `server { listen {http}; location /api/health { proxy_connect_timeout 1s; ${toPrefect} } {drop-in} }`,
    says: /POST \/api\/health is answered without a key/,
  },
  "12: Prefect's documentation, its location for the API left": {
    conf: `server { listen {http}; location /api { ${toPrefect} } {drop-in} }`,
    refuses: /duplicate location "\/api"/,
  },
  'a location / that a program generated': {
    conf: `server { listen {http}; location / { ${toPrefect} } {drop-in} }`,
    refuses: /duplicate location "\/"/,
  },
  'bodies in files, HTTP/1.0 and large headers': {
    conf: `proxy_request_buffering off; client_body_in_file_only on; proxy_http_version 1.0; chunked_transfer_encoding off;
      large_client_header_buffers 8 64k; client_header_buffer_size 16k; server { listen {http}; {drop-in} }`,
  },
};
