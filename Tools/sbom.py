#!/usr/bin/env python3
"""Writes what Sluice is made of as CycloneDX 1.5 JSON: Swift packages, Python packages, Debian libraries.

    Tools/sbom.py > sbom.cdx.json

Everything is read from what the build itself uses (Package.resolved, Package.swift, Tools/requirements-*.txt, Tools/setup.sh), so
that nothing can be in one and not in the other. The same tree gives the same bytes: the serial number is a hash of the contents,
the time is that of the last commit (or SOURCE_DATE_EPOCH).
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What each file of Python packages is for; only what runs beside the gateway is required.
SCOPES = {"models": "optional", "encoder": "optional", "second-encoder": "optional", "tests": "excluded", "bench": "excluded"}


def version():
    return re.search(r'version: "([^"]+)"', (ROOT / "Sources/sluice/Sluice.swift").read_text())[1]


def commit():
    done = subprocess.run(["git", "log", "-1", "--format=%H %ct"], cwd=ROOT, capture_output=True, text=True)
    sha, _, seconds = done.stdout.strip().partition(" ")
    return sha, int(os.environ.get("SOURCE_DATE_EPOCH") or seconds or 0)


def swift_packages():
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    direct = {m.lower().removesuffix(".git") for m in re.findall(r'url: "([^"]+)"', (ROOT / "Package.swift").read_text())}
    for pin in pins:
        place = pin["location"].removesuffix(".git")
        state, path = pin["state"], re.sub(r"^https?://", "", place)
        named = state.get("version") or state["revision"]
        yield {
            "type": "library", "bom-ref": f"pkg:swift/{path}@{named}", "name": path.rsplit("/", 1)[1], "version": named,
            "purl": f"pkg:swift/{path}@{named}", "scope": "required",
            "externalReferences": [{"type": "vcs", "url": place}],
            "properties": [
                {"name": "sluice:revision", "value": state["revision"]},
                {"name": "sluice:direct", "value": str(place.lower() in direct).lower()},
            ],
        }  # fmt: skip


def python_packages():
    for path in sorted((ROOT / "Tools").glob("requirements-*.txt")):
        use = path.stem.removeprefix("requirements-")
        text = path.read_text().replace("\\\n", " ")
        for line in text.splitlines():
            found = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line)
            if not found:
                continue
            name, number = re.sub(r"[-_.]+", "-", found[1]).lower(), found[2]
            yield {
                "type": "library", "bom-ref": f"pkg:pypi/{name}@{number}?for={use}", "name": name, "version": number,
                "purl": f"pkg:pypi/{name}@{number}", "scope": SCOPES.get(use, "excluded"),
                "hashes": [{"alg": "SHA-256", "content": h} for h in re.findall(r"--hash=sha256:([0-9a-f]{64})", line)],
                "properties": [{"name": "sluice:for", "value": use}],
            }  # fmt: skip


def debian_packages():
    """What setup.sh asks for; the libraries that the binary is linked with are required, the rest is for building."""
    linked = {"libsqlite3-dev", "zlib1g-dev", "libexpat1-dev", "libmimalloc-dev"}
    for name in sorted(set(re.findall(r"missing\+=\(([a-z0-9.+-]+)\)", (ROOT / "Tools/setup.sh").read_text()))):
        yield {
            "type": "library", "bom-ref": f"pkg:deb/debian/{name}", "name": name, "purl": f"pkg:deb/debian/{name}",
            "scope": "required" if name in linked else "excluded",
        }  # fmt: skip


def bom():
    sha, seconds = commit()
    components = [*swift_packages(), *python_packages(), *debian_packages()]
    root = f"pkg:generic/sluice@{version()}"
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {"components": [{"type": "application", "name": "Tools/sbom.py", "version": version()}]},
            "component": {
                "type": "application", "bom-ref": root, "name": "sluice", "version": version(), "purl": root,
                "licenses": [{"license": {"id": licence()}}], "properties": [{"name": "sluice:commit", "value": sha}],
            },
        },
        "components": components,
        "dependencies": [
            {"ref": root, "dependsOn": [c["bom-ref"] for c in components if c["scope"] == "required"]},
            *({"ref": c["bom-ref"], "dependsOn": []} for c in components),
        ],
    }  # fmt: skip
    document["serialNumber"] = "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True)))
    return document


def licence():
    text = (ROOT / "LICENSE").read_text()
    return "Apache-2.0" if "Apache License" in text else "MIT" if "MIT License" in text else "NOASSERTION"


if __name__ == "__main__":
    json.dump(bom(), sys.stdout, indent=1)
    print()
