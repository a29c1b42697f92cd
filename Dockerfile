FROM node:24-bookworm-slim

WORKDIR /app
ENV NODE_ENV=production DATA_DIR=/data

COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

ENV NODE_COMPILE_CACHE=/app/compiled
COPY data ./data
COPY src ./src
RUN chmod 755 src/cli.ts \
  && ln -s /app/src/cli.ts /usr/local/bin/prefect-auth \
  && install -d -o node -g node /data "$NODE_COMPILE_CACHE"
# Node keeps to itself what each user has compiled, and with which options; the command line has none, the service those of
# CMD. Who runs the service must not be able to change it.
RUN su node -c 'node src/process/compile.ts && node --no-allocation-site-pretenuring src/process/compile.ts' \
  && chown -R root:root "$NODE_COMPILE_CACHE" \
  && chmod -R u=rwX,go=rX "$NODE_COMPILE_CACHE"

USER node
# The embedded database, while DB_HOST is unset.
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# As npm start does it. With room for the objects of many requests, so that few of them outlive a collection; and without
# learning from the first ones, which wait for the database, that such objects live long: all that follow would go where
# it takes most to collect them, and take a third longer. One arena of malloc, since each thread's own would keep megabytes.
ENV MALLOC_ARENA_MAX=1
CMD ["node", "--max-semi-space-size=16", "--no-allocation-site-pretenuring", "src/main.ts"]
