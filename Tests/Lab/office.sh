# Office hours: what staff of the six departments do, as a fair test for false alarms.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/network.sh"
agents=("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15")

browse() { # DEPARTMENT AGENT URL [curl options]
    local ns=$1 agent=$2 url=$3
    shift 3
    inside "$ns" curl -sk -L -m 15 -A "$agent" -o /dev/null "$@" "$url" || echo "office: $ns $url failed" >&2
}

department() { # VLAN NUMBER
    local ns=d$1 n=$2 agent=${agents[$(($2 % 3))]} portal=dichvucong.vonghai.example tmp=$LAB_STATE/tmp-$1
    mkdir -p "$tmp"
    inside "$ns" dig +short mail.vonghai.example >/dev/null
    inside "$ns" dig +short MX vonghai.example >/dev/null
    inside "$ns" dig +short khong-co.vonghai.example >/dev/null
    browse "$ns" "$agent" http://$portal/
    browse "$ns" "$agent" http://$portal/ --compressed
    browse "$ns" "$agent" http://$portal/style.css
    browse "$ns" "$agent" http://$portal/cu
    browse "$ns" "$agent" http://$portal/khong-co
    browse "$ns" "$agent" "http://$portal/tra-cuu?id=$n"
    browse "$ns" "$agent" https://$portal/gioi-thieu.html
    browse "$ns" "$agent" "https://$portal/tra-cuu?id=2"
    browse "$ns" "$agent" http://$portal/dang-nhap --data-urlencode "ten=Nguyễn Thị Select" --data-urlencode "matkhau=Union&Station"
    browse "$ns" "$agent" http://bao-vonghai.example/
    browse "$ns" "$agent" http://bao-vonghai.example/gzip --compressed
    browse "$ns" "$agent" http://bao-vonghai.example/chunked
    browse "$ns" "$agent" http://bao-vonghai.example/moi
    browse "$ns" "$agent" https://bao-vonghai.example/
    browse "$ns" "$agent" https://thoitiet.example/dubao
    if [ "$n" = 1 ]; then browse "$ns" "$agent" http://bao-vonghai.example/anh.jpg; fi
    if [ "$n" -le 2 ]; then browse "$ns" "$agent" http://$portal/huong-dan.pdf; fi
    printf 'Biên bản họp số %s\n' "$n" >"$tmp/bien-ban-$n.docx"
    head -c 20000 /dev/urandom >>"$tmp/bien-ban-$n.docx"
    browse "$ns" "$agent" http://$portal/nop-ho-so -F "hoso=@$tmp/bien-ban-$n.docx"
    inside "$ns" smbclient //10.68.90.45/chung -N -c "lcd $tmp; put bien-ban-$n.docx; ls; get bien-ban-$n.docx nhan-$n.docx" >/dev/null 2>&1 ||
        echo "office: $ns file sharing failed" >&2
    inside "$ns" python3 "$here/mail.py" 10.68.90.25 office "canbo$n@vonghai.example" "canbo$((n % 6 + 1))@vonghai.example" "$n"
    inside "$ns" ssh -q -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i "$LAB_STATE/ssh/staff" \
        canbo@10.68.90.22 'uptime; ls / | head -5' >/dev/null 2>&1 </dev/null || echo "office: $ns SSH failed" >&2
    rm -rf "$tmp"
}

number=0
for vlan in "${LAB_VLANS[@]}"; do
    number=$((number + 1))
    department "$vlan" "$number"
done
# Citizens from outside
inside out curl -s -o /dev/null --interface 198.51.100.20 -A "${agents[1]}" http://10.68.90.80/
inside out curl -sk -o /dev/null --interface 198.51.100.20 -A "${agents[0]}" "https://10.68.90.80/tra-cuu?id=1"
inside out curl -s -o /dev/null --interface 198.51.100.20 -A "${agents[0]}" "http://10.68.90.80/tra-cuu?id=2"
exit 0
