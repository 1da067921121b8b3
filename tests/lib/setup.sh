# SPDX-License-Identifier: BSD-2-Clause
# setup.sh - packages and builds, for quickstart and run-tests
#
# Sourced by bash. The caller sets prog (its name), top (the checkout) and
# work (a folder of its own for builds and logs).

umask 022
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
unset MAKEFLAGS MAKELEVEL CAROM_CONFIG CAROM_DATADIR

# What it takes to build carom, and to run it in a trial.
build_packages="gcc make autoconf automake pkg-config libglib2.0-dev
	libgmime-3.0-dev libpq-dev libpcre2-dev libjansson-dev libidn2-dev
	libcmocka-dev libmicrohttpd-dev libmilter-dev zlib1g-dev"
# libcurl has three flavours, of which one at a time is installed.
case $(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 'libcurl4-*-dev' 2>/dev/null) in
*" installed"*) ;;
*) build_packages="$build_packages libcurl4-openssl-dev" ;;
esac
run_packages="postgresql python3"
mail_packages="postfix musl-tools" # root alone can have these

die() {
	printf '%s: %s\n' "$prog" "$*" >&2
	exit 1
}

# A step is one line: what it is, and when it is over, how it went.
step() { printf '  %-11s ' "$1"; }
result() { printf '%s\n' "$*"; }
failed_step() {
	result "failed"
	die "$*"
}

is_root() { [ "$(id -u)" -eq 0 ]; }

mkdir_work() {
	mkdir -p "$work" 2>/dev/null && [ -w "$work" ] ||
		die "cannot write to $work: it belongs to somebody else;" \
			"remove it, or run ./$prog as that user"
}

# Prints those of the packages that are not installed, on one line.
missing_packages() {
	local p missing=
	for p in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
			grep -qx installed || missing="$missing $p"
	done
	printf '%s' "${missing# }"
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
		-y "$@" </dev/null
}

# Installs what is missing of the packages. One line of output.
install_packages() {
	local missing removed count new_postfix= log=$work/packages.log
	step packages
	if ! command -v dpkg-query >/dev/null; then
		result "this is not Debian: taking what is installed as it is"
		return
	fi
	missing=$(missing_packages "$@")
	if [ -z "$missing" ]; then
		result "all $# are installed"
		return
	fi
	if ! is_root; then
		result "missing"
		die "these packages are needed; as root, run" $'\n\n' \
			"  apt-get install $missing" $'\n\n' \
			"and then ./$prog again"
	fi
	# shellcheck disable=SC2086 # a list of words
	count=$(set -- $missing; echo $#)
	printf 'installing %d of %d ... ' "$count" $#
	# A Postfix that is new here should not answer the world.
	case " $missing " in *" postfix "*)
		new_postfix=yes
		echo "postfix postfix/main_mailer_type select Local only" |
			debconf-set-selections 2>>"$log" || true ;;
	esac
	# shellcheck disable=SC2086
	apt -s install $missing >"$log" 2>&1 ||
		apt update >>"$log" 2>&1 || true
	# shellcheck disable=SC2086
	removed=$(apt -s install $missing 2>>"$log" |
		sed -n 's/^Remv \([^ ]*\).*/\1/p' | tr '\n' ' ')
	[ -z "$removed" ] || failed_step "installing $missing would remove" \
		"${removed% }. If that is fine, run 'apt-get install $missing'" \
		"yourself, then ./$prog again"
	# shellcheck disable=SC2086
	apt install $missing >>"$log" 2>&1 ||
		{ apt update && apt install $missing; } >>"$log" 2>&1 ||
		failed_step "apt-get could not install $missing; $log says why"
	result "done"
	[ -z "$new_postfix" ] || open_postfix
}

# "Local only" also has a Postfix bounce all mail for others, which would hit
# whoever uses it later. It goes on listening on the loopback alone.
open_postfix() {
	{
		postconf -X default_transport relay_transport
		! postfix status || postfix reload
	} >>"$work/packages.log" 2>&1 || true
	step Postfix
	result "is new here and listens on the loopback only; to change that:" \
		"postconf -e inet_interfaces=all"
}

# configure_and_make FOLDER LOG ARGUMENT... - builds in FOLDER, which it
# configures with the arguments. Quiet: everything goes to LOG.
configure_and_make() {
	local folder=$1 log=$2
	shift 2
	[ ! -e "$top/config.status" ] ||
		failed_step "the checkout itself is configured, so it cannot be" \
			"built elsewhere: run 'make distclean' in it, then ./$prog again"
	mkdir -p "$folder"
	(
		set -e
		if [ ! -x "$top/configure" ] ||
			[ "$top/configure.ac" -nt "$top/configure" ] ||
			[ "$top/Makefile.am" -nt "$top/configure" ]; then
			[ -e "$top/configure" ] || : >"$work/autoreconf"
			cd "$top" && autoreconf -fi
		fi
		cd "$folder"
		if [ ! -e config.status ] || [ "$(cat .configured)" != "$*" ]; then
			"$top/configure" "$@"
			printf '%s' "$*" >.configured
		fi
		make -j"$(nproc)"
	) </dev/null >"$log" 2>&1
}

# Undoes what autoreconf wrote into a checkout that had no configure before.
remove_autoreconf() {
	[ -e "$work/autoreconf" ] || return 0
	(cd "$top" && rm -rf build-aux autom4te.cache aclocal.m4 configure configure~ \
		config.h.in config.h.in~ Makefile.in &&
		find m4 -type f ! -name README -delete)
}

# run_folder PREFIX - prints a folder that every account may enter, made for
# this checkout and remembered in $work: the accounts of Postfix and Postgres
# may have no way into the checkout.
run_folder() {
	local folder
	folder=$(cat "$work/folder" 2>/dev/null || true)
	if [ -z "$folder" ] || [ ! -d "$folder" ] || [ ! -O "$folder" ]; then
		folder=$(mktemp -d "${TMPDIR:-/var/tmp}/$1.XXXXXX") ||
			die "cannot make a folder in ${TMPDIR:-/var/tmp}; set TMPDIR"
		chmod 755 "$folder"
		printf '%s\n' "$folder" >"$work/folder"
	fi
	printf '%s' "$folder"
}
