"""Writes manifest.json beside the recordings: manifest.py FOLDER (holds *-day.pcap, and scenes.tsv or an older manifest.json)."""
import hashlib, json, os, struct, sys
from datetime import datetime, timezone

folder = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))


def moment(seconds, micro):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{micro:06d}Z"


def recording(name):
    data = open(f"{folder}/{name}", "rb").read()
    link = struct.unpack_from("<I", data, 20)[0]
    times, at = [], 24
    while at + 16 <= len(data):
        seconds, micro, length, _ = struct.unpack_from("<IIII", data, at)
        times.append((seconds, micro))
        at += 16 + length
    if at != len(data):
        sys.exit(f"manifest.py: {name} ends within a packet")
    return {"file": name, "sha256": hashlib.sha256(data).hexdigest(), "start": moment(*min(times)), "end": moment(*max(times)),
            "link_type": {1: "EN10MB"}[link], "packets": len(times), "bytes": len(data)}


scenes = json.load(open(f"{here}/scenes.json"))
if os.path.exists(f"{folder}/scenes.tsv"):
    spans = {line.split("\t")[0]: line.strip().split("\t")[1:] for line in open(f"{folder}/scenes.tsv")}
else:
    spans = {scene["id"]: [scene["start"], scene["end"]] for scene in json.load(open(f"{folder}/manifest.json"))["scenes"]}
manifest = {"schema": 1, "recordings": [recording("office-day.pcap"), recording("attack-day.pcap")], "scenes": []}
for scene in scenes:
    start, end = spans[scene["id"]]
    manifest["scenes"].append({**scene, "recording": "attack-day.pcap", "start": start, "end": end})
with open(f"{folder}/manifest.json", "w") as file:
    json.dump(manifest, file, ensure_ascii=False, indent=2)
    file.write("\n")
