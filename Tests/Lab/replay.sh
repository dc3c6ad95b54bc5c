# Replays a recording onto a wire of its own, for a live capture test.

replay() {
    local file=${1:-} delay= ns=$LAB_PREFIX-rp$$
    [ -r "$file" ] || { echo "lab: cannot read the recording '${file}'; usage: lab replay FILE [--wait SECONDS]" >&2; return 1; }
    if [ "${2:-}" = --wait ]; then delay=${3:?lab: --wait needs a number of seconds}; fi
    trap "ip netns del $ns 2>/dev/null || true" EXIT
    trap 'exit 130' INT TERM
    ip netns add "$ns"
    ip -n "$ns" link add rp0 mtu 9000 type veth peer name rp1 mtu 9000
    local end
    for end in rp0 rp1; do
        ip netns exec "$ns" sysctl -qw "net.ipv6.conf.$end.disable_ipv6=1" 2>/dev/null || true
        ip netns exec "$ns" ethtool -K $end tx off rx off tso off gso off gro off txvlan off rxvlan off >/dev/null 2>&1 || true
        ip -n "$ns" link set $end up
    done
    # The listener captures on rp1; it says that it is ready by SIGUSR1 to this process or a line on standard input.
    local go=
    trap 'go=1' USR1
    echo "namespace=$ns interface=rp1 pid=$$"
    if [ -n "$delay" ]; then
        sleep "$delay" & wait $! || true
    else
        while [ -z "$go" ]; do
            if read -r -t 0.2 _; then go=1; elif [ $? -le 128 ]; then sleep 0.2; fi
        done
    fi
    ip netns exec "$ns" tcpreplay --preload-pcap --pps=3000 -i rp0 "$file" >/dev/null
    sleep 1
    echo "done"
}
