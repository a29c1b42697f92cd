import type { AddressInfo } from 'node:net';
import Koa from 'koa';

/** What the service is compared with: nothing but Koa, which lets everyone in. */
const app = new Koa();
app.use(function allowEveryone(ctx) {
  // Or nginx would not take it for an answer of the service.
  ctx.set('X-Auth-Verdict', `prefect-auth allows ${ctx.get('X-Request-Id')}`);
  ctx.set('X-Auth-User', 'anyone');
  ctx.body = '';
});

const server = app.listen(0, '127.0.0.1', () => {
  console.log(`bare Koa listens on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
