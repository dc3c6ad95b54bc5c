# Recording at the gateway's trunk port, and the manifest of what happened when.

record_days() {
    local output=$1 day
    mkdir -p "$output"
    for day in office attack; do
        network_up
        services_up
        ip netns exec $LAB_PREFIX-gw tcpdump -q -i lan0 -s 65535 -B 16384 -U -Z root -w "$LAB_STATE/$day.pcap" 2>"$LAB_STATE/tcpdump.log" &
        local recorder=$!
        sleep 1
        # A session of its own, waited for: a signal ends the wait at once, and network_down ends the whole session.
        setsid bash "$here/$day.sh" &
        LAB_PLAYER=$!
        wait $LAB_PLAYER
        LAB_PLAYER=
        sleep 1
        # tcpdump ends its file on SIGINT; background jobs ignore that signal, SIGTERM does the same
        kill -TERM $recorder
        wait $recorder || true
        cp "$LAB_STATE/$day.pcap" "$output/$day-day.pcap"
        [ "$day" = office ] || cp "$LAB_STATE/scenes.tsv" "$output/scenes.tsv"
        network_down
    done
    python3 "$here/manifest.py" "$output"
    rm -f "$output/scenes.tsv"
}
