#!/bin/sh
# Runs in the official nginx image before it fills in the templates: checks what will become part of the configuration,
# and makes a certificate at the first start when there is none. Every problem is reported at once.
set -eu

failed=0
fail() {
  echo "prefect-auth: $1" >&2
  failed=1
}
# matches NAME VALUE PATTERN MEANING; grep looks at each line, so there must be one only
matches() {
  { [ "$(printf '%s' "$2" | wc -l)" -eq 0 ] && printf '%s' "$2" | grep -Eqx "$3"; } || fail "$1=\"$2\" is not $4"
}

upstream='[A-Za-z0-9._-]+:[0-9]+|\[[0-9A-Fa-f:]+\]:[0-9]+|unix:/[A-Za-z0-9._/-]+'
listen='([0-9.]+:|\[[0-9A-Fa-f:]+\]:)?[0-9]+'
path='[A-Za-z0-9._/-]+'
matches AUTH_UPSTREAM "${AUTH_UPSTREAM:-}" "$upstream" 'host:port of the prefect-auth service'
matches PREFECT_UPSTREAM "${PREFECT_UPSTREAM:-}" "$upstream" 'host:port of the Prefect server'
matches NGINX_SERVER_NAME "${NGINX_SERVER_NAME:-}" '[A-Za-z0-9.*_-]+( [A-Za-z0-9.*_-]+)*' 'a host name, or several, or _ for any'
matches NGINX_HTTPS_PORT "${NGINX_HTTPS_PORT:-}" "$listen" 'a port, or address:port'
matches NGINX_HTTP_PORT "${NGINX_HTTP_PORT:-}" "$listen" 'a port, or address:port'
matches NGINX_TLS_CERTIFICATE "${NGINX_TLS_CERTIFICATE:-}" "$path" 'the path of a file'
matches NGINX_TLS_CERTIFICATE_KEY "${NGINX_TLS_CERTIFICATE_KEY:-}" "$path" 'the path of a file'
matches NGINX_ACCESS_LOG "${NGINX_ACCESS_LOG:-}" "$path" 'the path of a file'
matches NGINX_UI_SIGN_IN "${NGINX_UI_SIGN_IN:-}" 'form|browser' 'form (Prefect 3) or browser (Prefect 2)'
matches NGINX_UI_BASE_PATH "${NGINX_UI_BASE_PATH:-}" '/|(/[A-Za-z0-9._~-]+)+/?' "the path of Prefect's pages (PREFECT_UI_SERVE_BASE), / for the root"
matches NGINX_RESOLVER "${NGINX_RESOLVER:-}" '[0-9.]+(:[0-9]+)?|\[[0-9A-Fa-f:]+\](:[0-9]+)?' "the address of a name server, 127.0.0.11 for Docker's"
# Only with ../behind-tls/listen-behind-tls.conf.template
if [ -n "${NGINX_BEHIND_TLS_PORT:-}${NGINX_TRUSTED_PROXY:-}" ]; then
  matches NGINX_BEHIND_TLS_PORT "${NGINX_BEHIND_TLS_PORT:-}" "$listen" 'a port, or address:port'
  matches NGINX_TRUSTED_PROXY "${NGINX_TRUSTED_PROXY:-}" '[0-9.]+(/[0-9]+)?|[0-9A-Fa-f:]+(/[0-9]+)?' 'an address or a network'
fi
# Only with ../prefect1/prefect1.conf.template
if [ -n "${PREFECT1_SERVER_NAME:-}${PREFECT1_UPSTREAM:-}${PREFECT1_UI_UPSTREAM:-}" ]; then
  matches PREFECT1_SERVER_NAME "${PREFECT1_SERVER_NAME:-}" '[A-Za-z0-9.*-]+( [A-Za-z0-9.*-]+)*' 'a host name, or several'
  matches PREFECT1_UPSTREAM "${PREFECT1_UPSTREAM:-}" "$upstream" "host:port of Prefect 1's Apollo"
  matches PREFECT1_UI_UPSTREAM "${PREFECT1_UI_UPSTREAM:-}" "$upstream" "host:port of Prefect 1's UI"
fi
[ "$failed" = 0 ] || exit 1

certificate=$NGINX_TLS_CERTIFICATE
key=$NGINX_TLS_CERTIFICATE_KEY
if [ -e "$certificate" ] && [ -e "$key" ]; then
  exit 0
fi
if [ -e "$certificate" ] || [ -e "$key" ]; then
  fail "of NGINX_TLS_CERTIFICATE ($certificate) and NGINX_TLS_CERTIFICATE_KEY ($key) one exists: give both or neither"
  exit 1
fi

names='DNS:localhost,IP:127.0.0.1'
common_name=localhost
for name in $NGINX_SERVER_NAME ${PREFECT1_SERVER_NAME:-}; do
  case $name in
    _ | localhost | 127.0.0.1) ;;
    *[!0-9.]*) names="DNS:$name,$names" common_name=$name ;;
    *) names="IP:$name,$names" common_name=$name ;;
  esac
done
mkdir -p "$(dirname "$certificate")" "$(dirname "$key")"
# A file of its own for each, and moved when complete: a start that is interrupted leaves none behind.
(
  umask 077
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
    -keyout "$key.new" -out "$certificate.new" -subj "/CN=$common_name" \
    -addext "subjectAltName=$names" -addext 'keyUsage=critical,digitalSignature,keyCertSign' \
    -addext 'extendedKeyUsage=serverAuth' 2>/dev/null
)
chmod 644 "$certificate.new"
mv "$key.new" "$key"
mv "$certificate.new" "$certificate"
echo "prefect-auth: made a self-signed certificate for $names in $certificate; clients have to be told to trust it"
