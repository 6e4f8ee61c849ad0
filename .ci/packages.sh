# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Read by ./check and ./run, which set or use what shellcheck sees only half of here.
# shellcheck disable=SC2034,SC2154
#
# What build and tests need, by Debian package name, and putting it there when it is missing.

packages_build=(gcc libc6-dev cmake ninja-build pkg-config gettext git ca-certificates
    libldap-dev libsasl2-dev libsodium-dev libcurl4-gnutls-dev libmicrohttpd-dev libjansson-dev libzxcvbn-dev
    libunistring-dev libgnutls28-dev libidn-dev liboath-dev libqrencode-dev libcmocka-dev)
packages_run=(slapd ldap-utils libsasl2-modules curl)
packages_clang=(clang-14 libclang-rt-14-dev)
packages_lint=(clang-14 clang-tidy-14 clang-format-14 cppcheck shellcheck groff-base mandoc gettext
    python3 python3-pyflakes)
packages_server=(slapd ldap-utils libsasl2-modules 389-ds-base openssl curl python3 python3-pytest python3-ldap
    python3-aiosmtpd samba samba-ad-provision samba-dsdb-modules python3-samba
    krb5-kdc krb5-admin-server krb5-user libsasl2-modules-gssapi-mit)
packages_chaos=(haproxy iproute2)
packages_browser=(python3-selenium chromium chromium-driver)

# packages_missing NAME...: prints those that are not installed.
packages_missing() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
    done
}

# Installing a server must not start one for the whole machine: none is wanted, and its port may be somebody else's.
# Debian asks policy-rc.d before any package starts a service. If the machine has one that says no, good; if it has one
# that says yes, it is not ours to change; if it has none, one that says no stands there for the time of the installation.
packages_policy=/usr/sbin/policy-rc.d
packages_deny_services() {
    if [[ -x $packages_policy ]]; then
        local answer=0
        "$packages_policy" "$1" start >/dev/null 2>&1 || answer=$?
        [[ $answer == 101 ]] && return 0
        echo "check: $packages_policy would let $1 start; install $1 yourself, then run again" >&2
        return 1
    fi
    (set -o noclobber && printf '#!/bin/sh\nexit 101\n' >"$packages_policy") || return 1
    packages_denied=yes
    chmod 755 "$packages_policy"
}

packages_allow_services() {
    [[ -z ${packages_denied:-} ]] || rm -f "$packages_policy"
    packages_denied=
}

# packages_ensure NAME...: installs what is missing, or says what to install and fails. What apt-get says is in $packages_log.
packages_ensure() {
    local missing service status=0
    mapfile -t missing < <(packages_missing "$@" | sort -u)
    ((${#missing[@]} > 0)) || return 0
    if ((EUID != 0)); then
        echo "check: packages are missing; as root: apt-get install --no-install-recommends ${missing[*]}" >&2
        return 1
    fi
    echo "check: installing ${missing[*]}"
    for service in slapd 389-ds-base samba haproxy krb5-kdc krb5-admin-server; do
        if [[ -z ${packages_denied:-} && " ${missing[*]} " == *" $service "* ]]; then
            packages_deny_services "$service" || return 1
        fi
    done
    (
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq update && apt-get -qq -y install --no-install-recommends "${missing[@]}"
    ) </dev/null >"$packages_log" 2>&1 || status=$?
    packages_allow_services
    ((status == 0)) || {
        tail -n 20 "$packages_log" >&2
        echo "check: apt-get failed" >&2
    }
    return "$status"
}
