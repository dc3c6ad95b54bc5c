"""What the durability programs share: a state folder, the programs as they were built, and the question whether everything is there."""
import json, os, shutil, sqlite3, subprocess, sys, tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BIN = os.path.abspath(os.environ.get("BIN", os.path.join(ROOT, ".build", "release")))
CAPTURE = os.path.join(ROOT, "Tests", "Fixtures", "Lab", "attack-day.pcap")
ALERTS = 23


class Office:
    def __init__(self, folder=None):
        self.folder = folder or tempfile.mkdtemp(prefix="vonggac-durability-")
        self.database = os.path.join(self.folder, "incidents.sqlite")

    def environment(self, more=None):
        return {**os.environ, "VONGGAC_STATE": self.folder, "LANG": "en", "USER": "an", **(more or {})}

    def command(self, *words):
        return [os.path.join(BIN, "vonggac"), *words]

    def sensor(self, name):
        log = os.path.join(self.folder, "log-" + name)
        os.makedirs(log, exist_ok=True)
        return [os.path.join(BIN, "vonggac-sensor"), "-k", "none", "-r", CAPTURE, "-S", os.path.join(ROOT, "Rules", "*.rules"), "-l", log,
                "--incidents", self.database, "--set", "incidents.agencies=" + os.path.join(ROOT, "Tests/Fixtures/Lab/agencies.yaml"),
                "--set", "incidents.sensor-name=" + name, "--set", "detect.sgh-mpm-caching=no"]

    def start(self, words, more=None):
        return subprocess.Popen(words, env=self.environment(more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, words, more=None):
        process = self.start(words, more)
        output, errors = process.communicate(timeout=300)
        return process.returncode, output.decode(), errors.decode()

    def seen(self):
        """What another process sees: number and hash of the last entry, and the last alert."""
        try:
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5) as database:
                entry = database.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
                alert = database.execute("SELECT max(id), count(*) FROM alert").fetchone()
                return entry, alert
        except sqlite3.Error:
            return None, None

    def bodies(self):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30) as database:
            return [row[0] for row in database.execute("SELECT body FROM event ORDER BY seq")]

    def problems(self):
        """Everything that is wrong with the record now, as text."""
        found = []
        for words in (["audit", "verify"], ["db", "check", "--rebuild"], ["evidence", "verify"]):
            code, output, errors = self.run(self.command(*words))
            if code != 0:
                found.append(f"{' '.join(words)} ended with {code}: {output}{errors}")
        return found

    def missing(self, seen):
        """What was seen and is gone."""
        entry, alert = seen
        lost = []
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30) as database:
            if entry:
                found = database.execute("SELECT hash FROM event WHERE seq = ?", (entry[0],)).fetchone()
                if not found or found[0] != entry[1]:
                    lost.append(f"event {entry[0]}")
            if alert and alert[0]:
                last, count = database.execute("SELECT max(id), count(*) FROM alert").fetchone()
                if last < alert[0] or count < alert[1]:
                    lost.append(f"alerts: {alert[1]} through {alert[0]} were seen, {count} through {last} are there")
        return lost

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def library(folder):
    """The fault library, compiled."""
    path = os.path.join(folder, "fault.so")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", path, os.path.join(ROOT, "Tests/Durability/fault.c"), "-ldl"], check=True)
    return path


def fail(text):
    print("FAILED: " + text, file=sys.stderr)
    sys.exit(1)
