#!/bin/sh
# Install what the tests want from Debian, where this user may: a browser, CJK fonts, Redis.
# What cannot be had is skipped by the tests with its reason (and fails where CI=true).
command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ] || exit 0
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
[ -d /usr/share/fonts/opentype/noto ] || missing="$missing fonts-noto-cjk"
ldconfig -p | grep -q libharfbuzz-subset || missing="$missing libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"  # PDF
[ -n "$missing" ] || exit 0
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null || exit 0
# A policy of 101 keeps the packages from starting services of their own.
[ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d && made=1; }
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null || echo "could not install$missing"
[ -z "${made:-}" ] || rm -f /usr/sbin/policy-rc.d
