# The office's servers and the outside's, each with its configuration and state in $LAB_STATE.

services_up() {
    local s=$LAB_STATE
    mkdir -p "$s"/{www/upload,nginx,samba,share,ssh,mail} && chmod 755 "$s" && chmod 777 "$s/share"
    dns_up
    certificate portal dichvucong.vonghai.example
    certificate outside bao-vonghai.example
    certificate c2 cdn-dongbo.example
    portal_up
    LAB_ROLE=outside inside out python3 "$here/web.py" outside >"$s/outside.log" 2>&1 &
    ip netns exec $LAB_PREFIX-srv /usr/bin/python3 -m aiosmtpd -n -u -l 10.68.90.25:25 -c aiosmtpd.handlers.Mailbox "$s/mail/box" >"$s/mail.log" 2>&1 &
    ip netns exec $LAB_PREFIX-out /usr/bin/python3 -m aiosmtpd -n -u -l 203.0.113.25:25 -c aiosmtpd.handlers.Mailbox "$s/mail/out" >"$s/mailout.log" 2>&1 &
    files_up
    ssh_up
    wait_for srv 10.68.90.80 80; wait_for srv 10.68.90.80 443; wait_for srv 10.68.90.25 25
    wait_for srv 10.68.90.45 445; wait_for srv 10.68.90.22 22
    wait_for out 198.51.100.10 443; wait_for out 198.51.100.77 443; wait_for out 198.51.100.99 80; wait_for out 203.0.113.25 25
}

wait_for() {
    local try
    for try in $(seq 100); do
        if ip netns exec "$LAB_PREFIX-$1" bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    echo "lab: the service at $2:$3 did not start; see the logs in $LAB_STATE" >&2
    return 1
}

certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout "$LAB_STATE/$1.key" -out "$LAB_STATE/$1.crt" -subj "/O=Vong Hai/CN=$2" \
        -addext "subjectAltName=DNS:$2" 2>/dev/null
}

dns_up() {
    cat >"$LAB_STATE/dns.conf" <<T
no-resolv
no-hosts
bind-interfaces
listen-address=10.68.90.53
user=root
local=/vonghai.example/
host-record=dichvucong.vonghai.example,10.68.90.80
host-record=vanban.vonghai.example,10.68.90.80
host-record=mail.vonghai.example,10.68.90.25
host-record=files.vonghai.example,10.68.90.45
host-record=ssh.vonghai.example,10.68.90.22
mx-host=vonghai.example,mail.vonghai.example,10
address=/bao-vonghai.example/198.51.100.10
address=/thoitiet.example/198.51.100.10
address=/tai-ve.example/198.51.100.99
address=/cdn-dongbo.example/198.51.100.77
T
    # The outside resolver answers for the tunnel's domain.
    cat >"$LAB_STATE/dns-out.conf" <<T
no-resolv
no-hosts
bind-interfaces
listen-address=203.0.113.53
user=root
local=/dongbo-dulieu.test/
txt-record=dongbo-dulieu.test,ok
T
    ip netns exec $LAB_PREFIX-srv dnsmasq -k -C "$LAB_STATE/dns.conf" --pid-file= >"$LAB_STATE/dns.log" 2>&1 &
    ip netns exec $LAB_PREFIX-out dnsmasq -k -C "$LAB_STATE/dns-out.conf" --pid-file= >"$LAB_STATE/dns-out.log" 2>&1 &
}

portal_up() {
    local s=$LAB_STATE
    python3 "$here/web.py" content
    cat >"$s/nginx.conf" <<T
user root;
worker_processes 1;
daemon off;
pid $s/nginx/pid;
events { worker_connections 128; }
http {
  access_log $s/nginx/access.log;
  client_body_temp_path $s/nginx/body; proxy_temp_path $s/nginx/proxy; fastcgi_temp_path $s/nginx/fcgi;
  uwsgi_temp_path $s/nginx/uwsgi; scgi_temp_path $s/nginx/scgi;
  types { text/html html; text/css css; application/pdf pdf; }
  charset utf-8;
  gzip on; gzip_min_length 200; gzip_types text/css;
  server {
    listen 10.68.90.80:80;
    listen 10.68.90.80:443 ssl;
    ssl_certificate $s/portal.crt; ssl_certificate_key $s/portal.key;
    root $s/www;
    location = /cu { return 301 /index.html; }
    location ~ ^/(tra-cuu|dang-nhap|nop-ho-so|upload) { proxy_http_version 1.1; proxy_pass http://127.0.0.1:8000; proxy_set_header X-Real-IP \$remote_addr; }
  }
}
T
    ip netns exec $LAB_PREFIX-srv python3 "$here/web.py" portal >"$s/portal.log" 2>&1 &
    ip netns exec $LAB_PREFIX-srv nginx -p "$s/nginx" -e "$s/nginx/error.log" -c "$s/nginx.conf" >"$s/nginx.log" 2>&1 &
}

files_up() {
    local s=$LAB_STATE d=$LAB_STATE/samba
    cat >"$s/smb.conf" <<T
[global]
  workgroup = VONGHAI
  server role = standalone server
  interfaces = 10.68.90.45/24
  bind interfaces only = yes
  smb ports = 445
  map to guest = Bad User
  guest account = nobody
  disable netbios = yes
  load printers = no
  private dir = $d
  lock directory = $d
  state directory = $d
  cache directory = $d
  pid directory = $d
  ncalrpc dir = $d/ncalrpc
  log file = $d/log
[chung]
  path = $s/share
  guest ok = yes
  read only = no
T
    ip netns exec $LAB_PREFIX-srv setsid smbd -F --no-process-group -s "$s/smb.conf" >"$d/out" 2>&1 &
}

ssh_up() {
    local s=$LAB_STATE/ssh
    ssh-keygen -q -t ed25519 -N '' -f "$s/host" && ssh-keygen -q -t ed25519 -N '' -f "$s/staff"
    cp "$s/staff.pub" "$s/keys"
    # A user of the lab alone: sshd sees these copies through its private mounts.
    { cat /etc/passwd; echo "canbo:x:4200:65534::/tmp:/bin/sh"; } >"$s/passwd"
    { cat /etc/shadow; echo "canbo:$(openssl passwd -6 "$(openssl rand -hex 16)"):20000:0:99999:7:::"; } >"$s/shadow"
    cat >"$s/config" <<T
ListenAddress 10.68.90.22
HostKey $s/host
AuthorizedKeysFile $s/keys
StrictModes no
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
MaxStartups 100
PidFile none
Subsystem sftp internal-sftp
T
    ip netns exec $LAB_PREFIX-srv sh -c "mount --bind $s/passwd /etc/passwd; mount --bind $s/shadow /etc/shadow; mount -t tmpfs none /run; mkdir /run/sshd
        exec /usr/sbin/sshd -D -e -f $s/config" >"$s/log" 2>&1 &
}
