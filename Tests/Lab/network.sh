# Namespaces, the switch and the gateway with the 802.1Q trunk between them (trunk.py at both ends). Sourced by `lab`, `office.sh` and `attack.sh`.

LAB_VLANS=(10 20 30 40 50 60)
LAB_PREFIX=vglab

# inside NS COMMAND...: runs in a namespace, with the office's resolver instead of the host's (in a private mount namespace).
inside() {
    local ns=$LAB_PREFIX-$1
    shift
    ip netns exec "$ns" sh -c 'mount --bind "$LAB_STATE/resolv.conf" /etc/resolv.conf; exec "$@"' sh "$@"
}

# Without offloads the packets are those of a wire: whole checksums, no frame above the MTU.
plain_wire() { ip netns exec "$1" ethtool -K "$2" tx off rx off tso off gso off gro off txvlan off rxvlan off >/dev/null 2>&1 || true; }

# port NS VLAN ADDRESS...: a machine on an access port of the switch.
port() {
    local name=$1 vlan=$2 ns=$LAB_PREFIX-$1 address
    shift 2
    namespace "$name"
    ip link add "p$name" netns $LAB_PREFIX-sw type veth peer name eth0 netns "$ns"
    ip -n $LAB_PREFIX-sw link set "p$name" up
    for address; do ip -n "$ns" address add "$address/24" dev eth0; done
    ip -n "$ns" link set eth0 up
    ip -n "$ns" route add default via "10.68.$vlan.1"
    plain_wire "$ns" eth0
    plain_wire $LAB_PREFIX-sw "p$name"
}

namespace() {
    ip netns add "$LAB_PREFIX-$1"
    ip netns exec "$LAB_PREFIX-$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null || true
    ip -n "$LAB_PREFIX-$1" link set lo up
}

network_up() {
    network_down
    mkdir -p "$LAB_STATE"
    echo "nameserver 10.68.90.53" >"$LAB_STATE/resolv.conf"
    namespace sw
    namespace gw
    namespace out
    # The trunk carries frames of 1500 bytes and their tags.
    ip link add trunk netns $LAB_PREFIX-sw mtu 1504 type veth peer name lan0 netns $LAB_PREFIX-gw mtu 1504
    ip -n $LAB_PREFIX-sw link set trunk up
    ip -n $LAB_PREFIX-gw link set lan0 up
    plain_wire $LAB_PREFIX-sw trunk
    plain_wire $LAB_PREFIX-gw lan0
    ip netns exec $LAB_PREFIX-gw sysctl -qw net.ipv4.ip_forward=1
    local vlan
    for vlan in "${LAB_VLANS[@]}" 90; do
        ip -n $LAB_PREFIX-gw link add name "if$vlan" type veth peer name "tr$vlan"
        ip -n $LAB_PREFIX-gw address add "10.68.$vlan.1/24" dev "if$vlan"
        ip -n $LAB_PREFIX-gw link set "if$vlan" up
        ip -n $LAB_PREFIX-gw link set "tr$vlan" up
        plain_wire $LAB_PREFIX-gw "if$vlan"
        plain_wire $LAB_PREFIX-gw "tr$vlan"
    done
    for vlan in "${LAB_VLANS[@]}"; do port "d$vlan" "$vlan" "10.68.$vlan.21"; done
    # DNS, portal, mail, files, SSH
    port srv 90 10.68.90.53 10.68.90.80 10.68.90.25 10.68.90.45 10.68.90.22
    ip netns exec $LAB_PREFIX-sw python3 "$here/trunk.py" trunk $(printf 'pd%s:%s ' $(for vlan in "${LAB_VLANS[@]}"; do echo "$vlan" "$vlan"; done)) \
        psrv:90 2>"$LAB_STATE/switch.log" &
    ip netns exec $LAB_PREFIX-gw python3 "$here/trunk.py" lan0 $(printf 'tr%s:%s ' $(for vlan in "${LAB_VLANS[@]}" 90; do echo "$vlan" "$vlan"; done)) \
        2>"$LAB_STATE/gateway.log" &
    # The Internet: web sites, visitor, attacker, command and control, malware host, mail sender, resolver
    ip link add wan0 netns $LAB_PREFIX-gw type veth peer name eth0 netns $LAB_PREFIX-out
    ip -n $LAB_PREFIX-gw address add 203.0.113.1/24 dev wan0
    ip -n $LAB_PREFIX-gw link set wan0 up
    ip -n $LAB_PREFIX-gw route add 198.51.100.0/24 via 203.0.113.2
    local address
    for address in 203.0.113.2 203.0.113.25 203.0.113.53; do ip -n $LAB_PREFIX-out address add "$address/24" dev eth0; done
    for address in 10 20 66 77 99; do ip -n $LAB_PREFIX-out address add "198.51.100.$address/32" dev eth0; done
    ip -n $LAB_PREFIX-out link set eth0 up
    ip -n $LAB_PREFIX-out route add default via 203.0.113.1
    plain_wire $LAB_PREFIX-gw wan0
    plain_wire $LAB_PREFIX-out eth0
}

network_down() {
    local ns pids
    [ -z "${LAB_PLAYER:-}" ] || kill -- "-$LAB_PLAYER" 2>/dev/null || true
    LAB_PLAYER=
    for ns in $(ip netns list | awk '{print $1}' | grep "^$LAB_PREFIX-" || true); do
        pids=$(ip netns pids "$ns" 2>/dev/null || true)
        [ -z "$pids" ] || kill $pids 2>/dev/null || true
    done
    sleep 0.3
    for ns in $(ip netns list | awk '{print $1}' | grep "^$LAB_PREFIX-" || true); do
        pids=$(ip netns pids "$ns" 2>/dev/null || true)
        [ -z "$pids" ] || kill -9 $pids 2>/dev/null || true
        ip netns del "$ns" || true
    done
    case "$LAB_STATE" in */vonggac-lab*) rm -rf "$LAB_STATE" ;; esac
}
