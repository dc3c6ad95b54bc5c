#!/bin/sh
# verify-ledger.sh INCIDENTS.SQLITE [PUBLIC-KEY CHECKPOINT.json …]
#
# Checks a record of VongGac without VongGac: with sqlite3, sha256sum, openssl and the ordinary tools of a POSIX system. What it does and why is
# said in verify-ledger.md. Prints what is wrong, one line each, and ends with 1; or says that all is well and ends with 0.
set -eu

database=${1:?usage: verify-ledger.sh INCIDENTS.SQLITE [PUBLIC-KEY CHECKPOINT.json …]}
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
: > "$work/findings"
wrong() { printf '%s\n' "$*" >> "$work/findings"; }
sql() { sqlite3 -readonly "$database" "$@"; }

# 1. The chain. Each entry's text goes into a file of its own, so that one sha256sum does for all of them.
mkdir "$work/event" "$work/alert"
sql "SELECT count(*) FROM event WHERE writefile('$work/event/' || seq,
  '{\"actor\":' || json_quote(actor) || ',\"body\":' || body || ',\"kind\":' || json_quote(kind) || ',\"previous\":\"' || previous
    || '\",\"seq\":' || seq || ',\"subject\":' || json_quote(subject) || ',\"time\":' || seen_at || '}') IS NULL" > /dev/null
find "$work/event" -type f -exec sha256sum {} + | awk '{ n = split($2, part, "/"); print part[n], $1 }' | sort -k1,1 > "$work/computed"
sql -separator ' ' "SELECT seq, hash, previous FROM event ORDER BY seq" > "$work/stored"
sql "SELECT 'event ' || seq || ': written at another time than it says' FROM event WHERE json_valid(body)
  AND written_at <> coalesce(body ->> '\$.written_at', seen_at)
  AND seq >= coalesce((SELECT min(seq) FROM event WHERE kind = 'database.migrated' AND json_valid(body) AND body ->> '\$.first'), 0)" >> "$work/findings"
awk -v highest="$(sql "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'")" '
  FILENAME == ARGV[1] { computed[$1] = $2; next }
  {
    if ($1 != last + 1) print "events " last + 1 " to " $1 - 1 ": missing"
    else if ($3 != head) print "event " $1 ": does not follow the event before it"
    if (computed[$1] != $2) print "event " $1 ": changed after it was written"
    last = $1; head = $2
  }
  BEGIN { last = 0; head = sprintf("%064d", 0) }
  END { if (highest > last) print "events " last + 1 " to " highest ": missing" }
' "$work/computed" "$work/stored" >> "$work/findings"

# 2. Alerts. A seal holds 16 bytes of SHA-256 over each alert of these numbers, as a JSON array of the first so many columns.
sql -separator ' ' "SELECT body ->> '\$.alerts.columns', body ->> '\$.alerts.ids', body ->> '\$.alerts.digests' FROM event
  WHERE kind = 'record.sealed' AND json_valid(body) AND body -> '\$.alerts' IS NOT NULL ORDER BY seq" > "$work/seals"
numbers() { tr ',' '\n' | awk -F- 'NF { for (id = $1; id <= ($2 == "" ? $1 : $2); id++) print id }'; }
: > "$work/sealed"
count=
while read -r columns ids digests; do
  count=$columns
  printf '%s\n' "$ids" | numbers > "$work/ids"
  printf '%s' "$digests" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' ' > "$work/digests"
  paste -d ' ' "$work/ids" "$work/digests" >> "$work/sealed"
done < "$work/seals"
names=$(sql "SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_table_info('alert') ORDER BY cid LIMIT ${count:-1})")
sql "SELECT count(*) FROM alert WHERE writefile('$work/alert/' || id, json_array($names)) IS NULL" > /dev/null
find "$work/alert" -type f -exec sha256sum {} + | awk '{ n = split($2, part, "/"); print part[n], substr($1, 1, 32) }' > "$work/alerts"
sql "SELECT body ->> '\$.ids' FROM event WHERE kind = 'alerts.expired' AND json_valid(body)" | numbers > "$work/expired"
sql "SELECT item FROM ledger_open WHERE part = 'alert'" | numbers > "$work/waiting"
awk '
  FILENAME == ARGV[1] { sealed[$1] = $2; next }
  FILENAME == ARGV[2] { expired[$1]; next }
  FILENAME == ARGV[3] { waiting[$1]; next }
  { there[$1]; if (!($1 in sealed)) { if (!($1 in waiting)) print "alert " $1 ": not in the ledger" }
    else if (sealed[$1] != $2) print "alert " $1 ": changed after it was written" }
  END { for (id in sealed) if (!(id in there) && !(id in expired)) print "alert " id ": missing" }
' "$work/sealed" "$work/expired" "$work/waiting" "$work/alerts" >> "$work/findings"

# 3. Tables. What the entries last said of each column of each row must be what stands there. For tables whose key is the column id.
for table in $(sql "SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT IN ('event', 'alert') AND
    (SELECT group_concat(name) FROM pragma_table_info(m.name) WHERE pk > 0) = 'id' ORDER BY m.name"); do
  members=$(sql "SELECT group_concat(quote(name) || ', t.\"' || name || '\"', ', ') FROM pragma_table_info('$table')")
  sql "
    CREATE TEMP TABLE put AS SELECT e.seq, p.value ->> '\$.id' AS id, p.value AS row
      FROM event e, json_each(e.body, '\$.rows.$table.put') p WHERE json_valid(e.body);
    CREATE TEMP TABLE gone AS SELECT max(e.seq) AS seq, p.value AS id
      FROM event e, json_each(e.body, '\$.rows.$table.gone') p WHERE json_valid(e.body) GROUP BY p.value;
    DELETE FROM put WHERE EXISTS (SELECT 1 FROM gone WHERE gone.id = put.id AND gone.seq > put.seq);
    CREATE TEMP TABLE said AS SELECT put.id, c.key AS name, c.value AS value, max(put.seq) AS seq FROM put, json_each(put.row) c GROUP BY 1, 2;
    CREATE TEMP TABLE here AS SELECT t.id, c.key AS name, c.value AS value FROM \"$table\" t, json_each(json_object($members)) c;
    CREATE INDEX temp.here_row ON here(id, name);
    CREATE TEMP TABLE open AS SELECT item AS id FROM ledger_open WHERE part = '$table';
    SELECT '$table ' || here.id || ': ' || here.name || ' is ' || coalesce(here.value, 'NULL') || ', the ledger says ' || coalesce(said.value, 'NULL')
      FROM said JOIN here USING (id, name) WHERE here.value IS NOT said.value AND here.id NOT IN open;
    SELECT DISTINCT '$table ' || id || ': missing' FROM said WHERE id NOT IN (SELECT id FROM here) AND id NOT IN open;
    SELECT DISTINCT '$table ' || id || ': not in the ledger' FROM here WHERE id NOT IN (SELECT id FROM said) AND id NOT IN open;
  " >> "$work/findings" 2>/dev/null || wrong "$table: cannot be compared"
done

# 4. Evidence beside the database: a file's name is the SHA-256 of its content.
folder=$(dirname "$database")/evidence
sql "SELECT DISTINCT substr(digest, 1, 2) || '/' || substr(digest, 3, 2) || '/' || digest FROM evidence" | while read -r file; do
  if [ ! -f "$folder/$file" ]; then wrong "$folder/$file: missing"
  elif [ "$(sha256sum < "$folder/$file" | cut -d ' ' -f 1)" != "${file##*/}" ]; then wrong "$folder/$file: the content has changed"
  fi
done

# 5. Checkpoints that were kept elsewhere: signed by the key, and the entry that they name has the hash that they name.
checked=0
if [ $# -gt 0 ]; then
  key=$1
  shift
  for checkpoint; do
    if openssl pkey -pubin -in "$key" -noout -text 2>/dev/null | head -n 1 | grep -q -i ed25519; then
      openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$checkpoint" -sigfile "$checkpoint.sig" > /dev/null 2>&1
    else
      openssl dgst -sha256 -verify "$key" -signature "$checkpoint.sig" "$checkpoint" > /dev/null 2>&1
    fi || { wrong "$checkpoint: the signature is wrong"; continue; }
    seq=$(sed -n 's/.*"seq":\([0-9]*\).*/\1/p' "$checkpoint")
    hash=$(sed -n 's/.*"hash":"\([0-9a-f]*\)".*/\1/p' "$checkpoint")
    found=$(sql "SELECT hash FROM event WHERE seq = $seq")
    if [ -z "$found" ]; then wrong "$checkpoint: the ledger ends before entry $seq"
    elif [ "$found" != "$hash" ]; then wrong "$checkpoint: entry $seq is not the one that was signed"
    else checked=$((checked + 1))
    fi
  done
fi

cat "$work/findings"
printf '%s entries, %s alerts, %s checkpoints, %s findings; the last hash is\n%s\n' "$(wc -l < "$work/stored" | tr -d ' ')" \
  "$(wc -l < "$work/alerts" | tr -d ' ')" "$checked" "$(wc -l < "$work/findings" | tr -d ' ')" "$(tail -n 1 "$work/stored" | cut -d ' ' -f 2)"
[ ! -s "$work/findings" ]
