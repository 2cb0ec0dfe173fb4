#!/usr/bin/env bash
# Builds the pinned mbedTLS and libcurl into a prefix and prints its path on the last line.
#
# Sources are the upstream tarballs of third_party.lock, checked against their SHA-256, taken from a local cache or
# from the Debian source package of the same version, whose security patches go on top.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
lock=$root/third_party.lock
# One compiler for all presets, so that they share one prefix.
export CC=cc
key=$(cat "$lock" "$0" "$root/cmake/mbedtls_user_config.h" <("$CC" --version) | sha256sum | cut -c1-16)

# Ends the script where the prefix is there already.
use_cache() { # directory
	cache=$1
	prefix=$cache/prefix-$key
	sources=$cache/sources
	if [ -e "$prefix/complete" ]; then
		echo "$prefix"
		exit 0
	fi
}

use_cache "${GHWARD_THIRD_PARTY_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/ghward/third-party}"
if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
	# No writable home directory, as in a bare container.
	use_cache "$root/build/third-party"
fi
mkdir -p "$sources"
exec 9>"$cache/lock"
flock 9
use_cache "$cache"
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

say() { echo "third-party: $*" >&2; }

# Not the security mirror: it has no source packages of other releases.
mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
		grep -v security | head -n 1 | grep . ||
		{ say "no Debian mirror is configured, and the cache $sources lacks the sources"; return 1; }
}

# apt with directories of its own, so that the machine's lists and sources stay as they are.
apt_private() { # suite, command...
	local suite=$1 area=$work/apt-$1 from
	shift
	if [ ! -d "$area" ]; then
		from=$(mirror) || return 1
		mkdir -p "$area/lists/partial" "$area/cache/archives/partial"
		echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $from $suite main" \
			>"$area/sources.list"
		apt_private "$suite" update >&2 || return 1
	fi
	apt-get -q -o Dir::Etc::sourcelist="$area/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$area/lists" -o Dir::Cache="$area/cache" \
		-o APT::Sandbox::User=root -o Acquire::Retries=3 "$@"
}

has_sum() { # file, sum
	[ -e "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]
}

# Fills the current directory with a source package, or with only the tarball from the mirror's pool. The checks of exit
# statuses are spelt out because fetch() calls this inside a condition, where errexit does not act.
download() { # name version suite
	local from suffix
	if [ "$3" != pool ]; then
		apt_private "$3" source --download-only "$1" >&2 || return 1
		ls "$1_$2"-*.dsc >/dev/null 2>&1
		return
	fi
	from=$(mirror) || return 1
	for suffix in gz bz2 xz; do
		/usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root download-file \
			"${from%/}/pool/main/${1:0:1}/$1/$1_$2.orig.tar.$suffix" "$1_$2.orig.tar.$suffix" \
			>/dev/null 2>&1 && return 0
	done
	return 1
}

# Leaves the verified source tree of one lock line, patched where it has a package, in $work/NAME.
unpack() { # name version sum suite
	local name=$1 version=$2 sum=$3 suite=$4 store=$sources/$1-$2 orig
	[ "$suite" != pool ] || store+=-bare
	if [ ! -d "$store" ]; then
		rm -rf "$work/download"
		mkdir "$work/download"
		(cd "$work/download" && download "$name" "$version" "$suite") || return 1
		mv "$work/download" "$store" || return 1
	fi
	orig=$(ls "$store/${name}_$version".orig.tar.* | grep -v '\.asc$')
	has_sum "$orig" "$sum" || { say "$orig is not the pinned tarball"; rm -rf "$store"; return 1; }
	rm -rf "${work:?}/$name"
	if [ "$suite" = pool ]; then
		mkdir "$work/$name"
		tar -xf "$orig" -C "$work/$name" --strip-components=1 || return 1
		say "$name $version, without patches"
		return 0
	fi
	# apt verified the .dsc by the archive's signature when it was downloaded; the cache is the user's own.
	(cd "$store" && dpkg-source --no-check -x ./*.dsc "$work/$name" >/dev/null) ||
		{ say "$store does not unpack"; rm -rf "$store"; return 1; }
	say "$name $version, $(grep -c '^[^#]' "$work/$name/debian/patches/series" 2>/dev/null || true) patches"
}

fetch() { # name
	local name version sum suite
	while read -r name version sum suite; do
		[ "$name" = "$1" ] || continue
		if unpack "$name" "$version" "$sum" "$suite"; then
			return 0
		fi
		say "$name $version cannot be had; trying the next version"
	done <"$lock"
	say "no version of $1 in $lock could be had"
	return 1
}

build() { # source, cmake arguments...
	local source=$1
	shift
	cmake -S "$source" -B "$source/_build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" \
		-DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF -DCMAKE_INSTALL_LIBDIR=lib \
		-DCMAKE_C_FLAGS="$flags" "$@" >"$source.log" 2>&1 &&
		cmake --build "$source/_build" >>"$source.log" 2>&1 &&
		cmake --install "$source/_build" >>"$source.log" 2>&1 ||
		{ tail -n 40 "$source.log" >&2; return 1; }
}

flags="-O2 -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-clash-protection"
flags+=" -ftrivial-auto-var-init=zero -ffunction-sections -fdata-sections -fvisibility=hidden"
[ "$(uname -m)" != x86_64 ] || flags+=" -fcf-protection"

fetch mbedtls
fetch curl
rm -rf "$prefix"
say "building (about half a minute)"
build "$work/mbedtls" -DUSE_SHARED_MBEDTLS_LIBRARY=OFF -DENABLE_PROGRAMS=OFF -DENABLE_TESTING=OFF -DGEN_FILES=OFF \
	-DMBEDTLS_USER_CONFIG_FILE="$root/cmake/mbedtls_user_config.h"
install -D -m 644 "$root/cmake/mbedtls_user_config.h" "$prefix/include/ghward_mbedtls_config.h"
off=()
for feature in ALTSVC HSTS COOKIES DOH NETRC WEBSOCKETS AWS NTLM DIGEST_AUTH KERBEROS_AUTH NEGOTIATE_AUTH MIME \
	FORM_API IPFS BINDLOCAL SHUFFLE_DNS; do
	off+=("-DCURL_DISABLE_$feature=ON")
done
build "$work/curl" "${off[@]}" -DHTTP_ONLY=ON -DCURL_USE_MBEDTLS=ON -DCURL_USE_OPENSSL=OFF -DUSE_NGHTTP2=ON \
	-DENABLE_IPV6=ON -DBUILD_CURL_EXE=OFF -DBUILD_LIBCURL_DOCS=OFF -DBUILD_MISC_DOCS=OFF \
	-DENABLE_CURL_MANUAL=OFF -DBUILD_TESTING=OFF -DBUILD_EXAMPLES=OFF -DENABLE_THREADED_RESOLVER=OFF \
	-DENABLE_ARES=OFF -DENABLE_UNIX_SOCKETS=OFF -DCURL_ZLIB=OFF -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF \
	-DCURL_USE_LIBPSL=OFF -DCURL_USE_LIBSSH2=OFF -DCURL_USE_GSSAPI=OFF -DUSE_LIBIDN2=OFF \
	-DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none -DMBEDTLS_INCLUDE_DIR="$prefix/include" \
	-DMBEDTLS_LIBRARY="$prefix/lib/libmbedtls.a" -DMBEDX509_LIBRARY="$prefix/lib/libmbedx509.a" \
	-DMBEDCRYPTO_LIBRARY="$prefix/lib/libmbedcrypto.a" -DCMAKE_PREFIX_PATH="$prefix"
touch "$prefix/complete"
echo "$prefix"
