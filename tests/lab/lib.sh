# shellcheck shell=bash
# What the lab's scripts share. Sourced; not run.
#
# LAB_PREFIX   names this lab: its namespaces, its folder. Labs of different prefixes do not meet.
set -uo pipefail
LAB_PREFIX=${LAB_PREFIX:-lab}
[[ $LAB_PREFIX =~ ^[a-z0-9]{1,12}$ ]] || { echo "LAB_PREFIX must be 1 to 12 of a-z and 0-9" >&2; exit 64; }
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=${TMPDIR:-/tmp}/gateway-lab-$LAB_PREFIX   # files of the running daemons, logs/, www/, ca/, keys
hosts="internet isp router pi pc relay relay2 phone dns teredo friendrouter friend"
export PATH=$PATH:/usr/sbin:/sbin LAB_PREFIX

# What was used since the lab was as new: "reset" undoes that and no more.
case $0 in */bin/*|*/services/*) [ ! -d "$state/used" ] || : >"$state/used/${0##*/}" ;; esac
used_() { [ -e "$state/used/$1" ]; }

# in_ HOST COMMAND...: runs it there, with that host's own /etc/hosts, resolv.conf, passwd (/etc/netns/NAME/* is laid over /etc).
in_() { local host=$1; shift; ip netns exec "$LAB_PREFIX-$host" "$@"; }
# ip_ HOST ARGUMENTS...: ip(8) on the interfaces of a host.
ip_() { local host=$1; shift; ip -n "$LAB_PREFIX-$host" "$@"; }
# set_ HOST KEY=VALUE...: sysctl.
set_() { local host=$1; shift; in_ "$host" sysctl -qw "$@"; }

# start_ HOST NAME COMMAND...: a daemon of that host; it says what it has to say into logs/NAME.log.
start_() {
  local host=$1 name=$2; shift 2
  # A daemon must not hold the caller's files and terminal: who runs us waits for their end.
  setsid ip netns exec "$LAB_PREFIX-$host" "$@" >>"$state/logs/$name.log" 2>&1 </dev/null &
  echo $! >"$state/$name.pid"; disown $! 2>/dev/null || true
}

# stop_ NAME [SIGNAL]: ends it, by force after five seconds.
stop_() {
  local name=$1 signal=${2:-TERM} pid
  pid=$(cat "$state/$name.pid" 2>/dev/null) || return 0
  rm -f "$state/$name.pid"
  # One that has ended by itself has left its number to somebody else.
  grep -qzx "LAB_PREFIX=$LAB_PREFIX" "/proc/$pid/environ" 2>/dev/null && kill -"$signal" "$pid" 2>/dev/null || return 0
  local turn
  for turn in {1..100}; do running_ "$pid" || return 0; sleep .05; done
  kill -KILL "$pid" 2>/dev/null
  return 0
}
running_() { local stat; stat=$(cat "/proc/$1/stat" 2>/dev/null) && [[ ! $stat =~ \)\ Z ]]; }

# routes_ HOST: its routes, as they were when the lab came up; those of an interface go when it goes down.
routes_() {
  local host family route
  while read -r host family route; do
    # shellcheck disable=SC2086 # words
    [ "$host" != "$1" ] || ip_ "$host" "$family" route replace $route 2>/dev/null
  done <"$state/routes"
  return 0
}

# radvd_: the home router's IPv6 announcements, begun anew, without a goodbye for the old ones.
radvd_() {
  stop_ radvd KILL
  rm -f "$state/radvd.own.pid"
  start_ router radvd radvd -n -m stderr -d 1 -C "$state/radvd.conf" -p "$state/radvd.own.pid"
}

# until_ SECONDS COMMAND...: asks again until it says yes.
until_() {
  local end=$(( $(date +%s%3N) + $1 * 1000 )); shift
  until "$@" >/dev/null 2>&1; do [ "$(date +%s%3N)" -lt $end ] || return 1; sleep .03; done
}

exists_() { [ -e "/var/run/netns/$LAB_PREFIX-internet" ]; }
need_up_() { exists_ || { echo "the lab \"$LAB_PREFIX\" is not up: run tests/lab/up" >&2; exit 1; }; }
need_root_() { [ "$(id -u)" = 0 ] || { echo "the lab needs root: it makes network namespaces" >&2; exit 77; }; }

# fill_ FILE: prints a file of conf/ with its places filled in.
fill_() { sed "s#@STATE@#$state#g; s#@LAB@#$lab#g" "$lab/conf/$1"; }
