-- Every number of the weekly report, each by one query on the tables of docs/database.md. :from and :until are the ends of the period in
-- microseconds since 1970 (UTC), :prior the beginning of the period before; :targets and :categories come from the compliance profile.
-- A row is a key and its value: the report's JSON has the same keys.

-- W01 the period
SELECT 'from' AS key, strftime('%Y-%m-%dT%H:%M:%S+07:00', :from / 1000000, 'unixepoch', '+7 hours') AS value
UNION ALL SELECT 'until', strftime('%Y-%m-%dT%H:%M:%S+07:00', :until / 1000000, 'unixepoch', '+7 hours');

-- W02 share of the period that each sensor's heartbeats cover, overlaps counted once
WITH beat AS (
  SELECT sensor_id, max(seen_at, :from) AS first, min(until_at, :until) AS last,
    max(min(until_at, :until)) OVER (PARTITION BY sensor_id ORDER BY seen_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
  FROM sensor_heartbeat WHERE until_at > :from AND seen_at < :until)
SELECT s.name AS key,
  min(1.0, coalesce((SELECT sum(max(0, last - max(first, coalesce(reached, first)))) FROM beat WHERE sensor_id = s.id), 0) * 1.0 / (:until - :from)) AS value
FROM sensor s ORDER BY s.name;

-- W03 registered Internet links, and those with a sensor that watched
WITH link AS (
  SELECT l.id, EXISTS (
    SELECT 1 FROM sensor s JOIN sensor_heartbeat h ON h.sensor_id = s.id
    WHERE s.name = l.sensor AND h.until_at > :from AND h.seen_at < :until AND min(h.until_at, :until) > max(h.seen_at, :from)) AS watched
  FROM internet_link l JOIN agency g ON g.id = l.agency_id WHERE g.active = 1)
SELECT 'share' AS key, avg(watched) AS value FROM link
UNION ALL SELECT 'watched', sum(watched) FROM link
UNION ALL SELECT 'registered', count(*) FROM link;

-- W04 confirmed incidents by primary category
SELECT c.value AS key, (
  SELECT count(*) FROM incident WHERE seen_at >= :from AND seen_at < :until AND category = c.value
    AND state NOT IN ('new', 'false_alarm', 'duplicate')) AS value
FROM json_each(:categories) c;

-- W05 confirmed incidents by severity, and by the two classes of QĐ 05/2017 Đ9 (levels 4, 5; flags 2 security, 4 disruption, 8 beyond capability)
SELECT s.value AS key, (
  SELECT count(*) FROM incident WHERE seen_at >= :from AND seen_at < :until AND severity = s.value
    AND state NOT IN ('new', 'false_alarm', 'duplicate')) AS value
FROM json_each('["M1","M2","M3","M4"]') s
UNION ALL SELECT c.value, (
  SELECT count(*) FROM incident i LEFT JOIN agency g ON g.id = i.agency_id
  WHERE i.seen_at >= :from AND i.seen_at < :until AND i.state NOT IN ('new', 'false_alarm', 'duplicate')
    AND (coalesce(g.level, 0) >= 4 AND i.flags & 8 <> 0 AND (i.flags & 6 <> 0 OR i.category IN ('UNAUTH', 'ENCRYPT', 'DESTROY')))
      = (c.value = 'QD05_SERIOUS'))
FROM json_each('["QD05_SERIOUS","QD05_NORMAL"]') c;

-- W06 confirmed incidents by agency, of all that have incidents or candidates
SELECT coalesce(g.code, '-') AS key, sum(i.state <> 'new') AS value FROM incident i LEFT JOIN agency g ON g.id = i.agency_id
WHERE i.seen_at >= :from AND i.seen_at < :until AND i.state NOT IN ('false_alarm', 'duplicate') GROUP BY 1;

-- W07 change against the period before; nothing where that had none
SELECT 'change' AS key, (now - before) * 1.0 / nullif(before, 0) AS value FROM (
  SELECT sum(seen_at >= :from) AS now, sum(seen_at < :from) AS before FROM incident
  WHERE seen_at >= :prior AND seen_at < :until AND state NOT IN ('new', 'false_alarm', 'duplicate'));

-- W08 confirmed incidents as they stood when the period ended
WITH i AS (SELECT *, state = 'closed' AND coalesce(closed_at, 0) < :until AS was_closed FROM incident)
SELECT 'closed' AS key, count(*) AS value FROM i
  WHERE seen_at >= :from AND seen_at < :until AND state NOT IN ('new', 'false_alarm', 'duplicate') AND was_closed
UNION ALL SELECT 'open', count(*) FROM i
  WHERE seen_at >= :from AND seen_at < :until AND state NOT IN ('new', 'false_alarm', 'duplicate') AND NOT was_closed
UNION ALL SELECT 'backlog', count(*) FROM i WHERE seen_at < :from AND state NOT IN ('false_alarm', 'duplicate') AND NOT was_closed
UNION ALL SELECT 'closed_in_period', count(*) FROM i WHERE state = 'closed' AND closed_at >= :from AND closed_at < :until AND seen_at < :until;

-- W09 confirmed incidents by recorded handling
SELECT m.value AS key, (
  SELECT count(*) FROM incident WHERE seen_at >= :from AND seen_at < :until AND handling_mode = m.value
    AND state NOT IN ('new', 'false_alarm', 'duplicate')) AS value
FROM json_each('["self","helped","foreign","coordinator"]') m;

-- W10 attacked address and service, alerts of incidents that are not dismissed
SELECT a.victim || CASE WHEN a.port IS NULL THEN '' ELSE ':' || a.port END || '/' || a.transport AS key, count(*) AS value
FROM (SELECT *, CASE WHEN victim = destination AND direction IS NOT 'to_client' THEN destination_port
    WHEN victim = source AND direction = 'to_client' THEN source_port END AS port FROM alert) a
  JOIN incident_alert m ON m.alert_id = a.id JOIN incident i ON i.id = m.incident_id
WHERE a.seen_at >= :from AND a.seen_at < :until AND a.victim IS NOT NULL AND i.state NOT IN ('false_alarm', 'duplicate') GROUP BY 1;

-- W11 alerts by rule
SELECT CAST(sid AS TEXT) AS key, count(*) AS value FROM alert WHERE seen_at >= :from AND seen_at < :until GROUP BY sid;

-- W12 evidence of the period's incidents; `intact` is computed from the files
WITH i AS (SELECT id, state FROM incident WHERE seen_at >= :from AND seen_at < :until)
SELECT 'items' AS key, (SELECT count(*) FROM evidence WHERE incident_id IN (SELECT id FROM i)) AS value
UNION ALL SELECT 'share', (
  SELECT avg(EXISTS (SELECT 1 FROM evidence e WHERE e.incident_id = i.id)) FROM i WHERE state NOT IN ('false_alarm', 'duplicate'));

-- W13 sources by incidents that are not dismissed
SELECT a.attacker AS key, count(DISTINCT i.id) AS value
FROM alert a JOIN incident_alert m ON m.alert_id = a.id JOIN incident i ON i.id = m.incident_id
WHERE a.seen_at >= :from AND a.seen_at < :until AND a.attacker IS NOT NULL AND i.state NOT IN ('false_alarm', 'duplicate') GROUP BY 1;

-- W14 changes of monitored systems that people recorded; nothing where nobody ever did
SELECT 'count' AS key, count(*) AS value FROM event WHERE kind LIKE 'change.monitored%' AND seen_at >= :from AND seen_at < :until
HAVING EXISTS (SELECT 1 FROM event WHERE kind LIKE 'change.monitored%');

-- W15 changes of the monitoring
SELECT 'sensors_added' AS key, count(*) AS value FROM sensor WHERE seen_at >= :from AND seen_at < :until
UNION ALL SELECT 'rule_sets', count(*) FROM ruleset WHERE seen_at >= :from AND seen_at < :until;

-- W16 deadlines due in the period that were met in time, by deadline
WITH c AS (
  SELECT code, met_at, coalesce(due, t0 + (SELECT value FROM json_each(:targets) t WHERE t.key = code) * 60000000) AS edge FROM clock)
SELECT code AS key, avg(coalesce(met_at <= edge, 0)) AS value FROM c WHERE edge >= :from AND edge < :until GROUP BY code;

-- W17 deadlines overdue when the period ended, and due in the seven days after
WITH c AS (
  SELECT coalesce(due, t0 + (SELECT value FROM json_each(:targets) t WHERE t.key = code) * 60000000) AS edge FROM clock
  WHERE t0 < :until AND (met_at IS NULL OR met_at >= :until))
SELECT 'overdue' AS key, count(*) AS value FROM c WHERE edge < :until
UNION ALL SELECT 'due_next', count(*) FROM c WHERE edge >= :until AND edge < :until + 604800000000;

-- W18 seconds from detection to acknowledgement: mean, and 95th percentile by nearest rank
WITH t AS (
  SELECT (acknowledged_at - min(seen_at, written_at)) / 1000000.0 AS s FROM incident
  WHERE seen_at >= :from AND seen_at < :until AND state NOT IN ('new', 'false_alarm', 'duplicate') AND acknowledged_at IS NOT NULL),
  r AS (SELECT s, row_number() OVER (ORDER BY s) AS n, count(*) OVER () AS total FROM t)
SELECT 'acknowledge_mean' AS key, avg(s) AS value FROM t
UNION ALL SELECT 'acknowledge_p95', (SELECT s FROM r WHERE n * 100 >= total * 95 ORDER BY n LIMIT 1);

-- W19 seconds from detection to containment and to closing
WITH t AS (
  SELECT 'contain' AS what, (contained_at - min(seen_at, written_at)) / 1000000.0 AS s FROM incident
  WHERE seen_at >= :from AND seen_at < :until AND state NOT IN ('new', 'false_alarm', 'duplicate') AND contained_at IS NOT NULL
  UNION ALL SELECT 'close', (closed_at - min(seen_at, written_at)) / 1000000.0 FROM incident
  WHERE seen_at >= :from AND seen_at < :until AND state NOT IN ('new', 'false_alarm', 'duplicate') AND closed_at IS NOT NULL),
  r AS (SELECT what, s, row_number() OVER (PARTITION BY what ORDER BY s) AS n, count(*) OVER (PARTITION BY what) AS total FROM t)
SELECT w.value || '_mean' AS key, (SELECT avg(s) FROM t WHERE what = w.value) AS value FROM json_each('["contain","close"]') w
UNION ALL SELECT w.value || '_p95', (SELECT s FROM r WHERE what = w.value AND n * 100 >= total * 95 ORDER BY n LIMIT 1)
FROM json_each('["contain","close"]') w;

-- W20 all alerts; share of dismissed among the incidents that people looked at
SELECT 'alerts' AS key, count(*) AS value FROM alert WHERE seen_at >= :from AND seen_at < :until
UNION ALL SELECT 'false_share', avg(state = 'false_alarm') FROM incident
WHERE seen_at >= :from AND seen_at < :until AND state NOT IN ('new', 'duplicate');

-- W21 distinct victims in incidents of malware that are not dismissed
SELECT 'hosts' AS key, count(DISTINCT h.address) AS value FROM incident_host h JOIN incident i ON i.id = h.incident_id
WHERE h.role = 'victim' AND i.category = 'MALWARE' AND i.seen_at >= :from AND i.seen_at < :until
  AND i.state NOT IN ('false_alarm', 'duplicate');

-- W22 seconds from the oldest alert that is kept to the end of the period, by sensor
SELECT s.name AS key, max(0, :until - min(a.seen_at)) / 1000000.0 AS value FROM alert a JOIN sensor s ON s.id = a.sensor_id GROUP BY 1;

-- W23 action steps of playbooks that succeeded, of runs on the period's incidents or begun in it
WITH run AS (
  SELECT r.id FROM playbook_run r JOIN incident i ON i.id = r.incident_id
  WHERE i.seen_at >= :from AND i.seen_at < :until OR r.seen_at >= :from AND r.seen_at < :until)
SELECT 'share' AS key, avg(coalesce(outcome = 'succeeded', 0)) AS value FROM playbook_step WHERE type = 'action' AND run_id IN (SELECT id FROM run)
UNION ALL SELECT 'runs', nullif(count(*), 0) FROM run;

-- W24 confirmed incidents with personal data (flags 1 and 16)
SELECT 'count' AS key, count(*) AS value FROM incident
WHERE seen_at >= :from AND seen_at < :until AND state NOT IN ('new', 'false_alarm', 'duplicate') AND flags & 17;

-- W25 documents sent upward, and sendings that failed
SELECT 'sent' AS key, count(*) AS value FROM event WHERE kind = 'report.sent' AND seen_at >= :from AND seen_at < :until
UNION ALL SELECT 'failed', count(*) FROM event WHERE kind = 'report.failed' AND seen_at >= :from AND seen_at < :until;

-- W26 of each live sensor the least distance in seconds between the end of a heartbeat and its writing; the greatest of them
WITH o AS (
  SELECT s.name, min(abs(h.written_at - h.until_at)) / 1000000.0 AS seconds FROM sensor_heartbeat h JOIN sensor s ON s.id = h.sensor_id
  WHERE h.mode = 'live' AND h.until_at > :from AND h.until_at <= :until GROUP BY 1)
SELECT 'seconds' AS key, max(seconds) AS value FROM o
UNION ALL SELECT name, seconds FROM o;
