"""An independent check of receipts, from docs/TRANSPARENCY.md and the C2SP documents alone.

    python EndToEnd/verify_receipt.py RECEIPT --policy POLICY [--text FILE] [--answer FILE]

Standard library and `cryptography`; shares no code with the gateway. Prints one JSON object; ends with status 1 if anything
does not hold.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EVENTS = [None, "admitted", "refused", "denied", "complete", "refusedMidStream", "cut", "failed", "clientLeft", "interruption", "act"]
ENDS = {"complete", "refusedMidStream", "cut", "failed", "clientLeft"}
RULED = {"refused", "denied", "refusedMidStream"}


class Invalid(Exception):
    """Why a receipt is not valid."""


def need(condition, why):
    if not condition:
        raise Invalid(why)


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Invalid("not base64") from None
    need(base64.b64encode(data).decode() == text, "base64 in another than its one form")
    return data


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def decimal(text):
    need(re.fullmatch(r"0|[1-9][0-9]*", text) and int(text) < 1 << 64, "not a decimal number")
    return int(text)


# Merkle trees: RFC 9162 section 2.1.3.2


def root_of_inclusion(leaf, index, size, path):
    need(index < size, "the index is not below the size")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        need(sn != 0, "the path is too long")
        if fn & 1 or fn == sn:
            r = sha256(b"\1", p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\1", r, p)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "the path is too short")
    return r


# Keys, notes, policies: c2sp.org/signed-note, tlog-cosignature, tlog-policy


@dataclass(frozen=True)
class Key:
    name: str
    id: bytes
    type: int
    public: bytes

    @classmethod
    def parse(cls, text):
        name, identifier, rest = text.split("+", 2)
        data = unbase64(rest)
        need(name and not re.search(r"\s", name), "a bad key name")
        need(len(data) == 33 and data[0] in (1, 4), "a key of an unknown type")
        key = cls(name, bytes.fromhex(identifier), data[0], data[1:])
        need(key.id == sha256(name.encode(), b"\n", data)[:4], "a key whose id does not fit")
        return key

    def verify(self, signature, text):
        message = text
        if self.type == 4:
            need(len(signature) == 72, "a cosignature of another length")
            message = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n".encode() + text
            signature = signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            raise Invalid(f"the signature of {self.name} is wrong") from None


@dataclass
class Policy:
    logs: list = field(default_factory=list)
    witnesses: dict = field(default_factory=dict)
    groups: list = field(default_factory=list)
    quorum: str = ""

    @classmethod
    def parse(cls, text):
        policy = cls()
        for line in text.split("\n"):
            words = re.split(r"[ \t]+", line.strip(" \t"))
            if not words[0] or words[0].startswith("#"):
                continue
            if words[0] == "log":
                policy.logs.append(Key.parse(words[1]))
            elif words[0] == "witness":
                policy.witnesses[words[1]] = Key.parse(words[2])
            elif words[0] == "group":
                members = words[3:]
                least = {"all": len(members), "any": 1}.get(words[2]) or decimal(words[2])
                policy.groups.append((words[1], least, members))
            elif words[0] == "quorum":
                policy.quorum = words[1]
            else:
                raise Invalid(f"the policy's word '{words[0]}'")
        need(policy.quorum, "a policy without a quorum")
        return policy

    def is_met(self, keys):
        met = {name for name, key in self.witnesses.items() if key in keys}
        for name, least, members in self.groups:
            if sum(member in met for member in members) >= least:
                met.add(name)
        return self.quorum == "none" or self.quorum in met


def open_checkpoint(note, policy):
    """(origin, size, root, names of the witnesses) of a checkpoint that satisfies a policy."""
    need(note.endswith("\n") and "\n\n" in note, "the checkpoint is no note")
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    need(not re.search(r"[\0-\x09\x0b-\x1f]", note), "a control character")
    verified = set()
    for line in lines.split("\n")[:-1]:
        found = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)", line)
        need(found, "a signature line of another form")
        data = unbase64(found[2])
        need(len(data) > 4, "a signature that is too short")
        for key in [*policy.logs, *policy.witnesses.values()]:
            if (key.name, key.id) == (found[1], data[:4]):
                key.verify(data[4:], text.encode())
                verified.add(key)
    fields = text[:-1].split("\n")
    need(len(fields) >= 3 and all(fields), "the checkpoint has too few lines")
    need(any(key.type == 1 and key.name == fields[0] for key in verified), "the log has not signed")
    need(policy.is_met(verified), "the quorum is not met")
    root = unbase64(fields[2])
    need(len(root) == 32, "a root of another length")
    return fields[0], decimal(fields[1]), root, sorted(key.name for key in verified if key.type == 4)


# Items and leaves: docs/TRANSPARENCY.md


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(len(self.data) - self.at >= count, "it ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def integer(self, size):
        return int.from_bytes(self.take(size), "little")

    def text(self):
        count = self.integer(2)
        need(count <= 1024, "a text that is too long")
        try:
            return self.take(count).decode()
        except UnicodeDecodeError:
            raise Invalid("a text that is no UTF-8") from None

    def flag(self):
        value = self.integer(1)
        need(value < 2, "a flag that is neither 0 nor 1")
        return value == 1

    def rule(self):
        rule = (self.text(), self.text(), self.integer(1))
        need(rule[2] <= 4, "a stage that does not exist")
        return rule

    def end(self):
        need(self.at == len(self.data), "bytes are left over")


def read_item(data):
    r = Reader(data)
    need(r.integer(1) == 1, "an item of another version")
    event = r.integer(1)
    need(1 <= event < len(EVENTS), "an event that does not exist")
    item = {"event": EVENTS[event], "sequence": r.integer(8), "slot": r.integer(4), "decision": r.take(16), "admission": r.integer(8)}
    item["releases"] = [r.take(32) for _ in range(4)]
    item["rule"] = r.rule() if r.flag() else None
    item["unjudged"] = r.flag()
    item["commitment"] = r.take(32) if r.flag() else None
    r.end()
    return item


def read_batch(data):
    r = Reader(data)
    need(r.integer(1) == 2 and r.integer(1) == 1, "the leaf holds no decisions")
    batch = {"slot": r.integer(4), "first": r.integer(8)}
    count = r.integer(2)
    need(1 <= count <= 256, "a batch of no or too many items")
    batch["root"] = r.take(32)
    releases = [[r.take(32) for _ in range(4)] for _ in range(r.integer(1))]
    rules = [r.rule() for _ in range(r.integer(1))]
    batch["rows"] = []
    for place in range(count):
        event, release, rule = r.integer(1), r.integer(1), r.integer(1)
        need(1 <= event < len(EVENTS) and (release == 255 or release < len(releases)) and (rule == 255 or rule < len(rules)), "a bad row")
        row = {"event": EVENTS[event], "unjudged": r.flag()}
        back = r.integer(4)
        row["releases"] = [bytes(32)] * 4 if release == 255 else releases[release]
        row["rule"] = None if rule == 255 else rules[rule]
        row["admission"] = batch["first"] + place - back if row["event"] in ENDS else 0
        need((row["event"] in RULED) == (row["rule"] is not None), "a refusal without a rule, or a rule without a refusal")
        batch["rows"].append(row)
    r.end()
    return batch


def check_part(item, path, leaf, index, proof, size, root):
    content, batch = read_item(item), read_batch(leaf)
    place = content["sequence"] - batch["first"]
    need(0 <= place < len(batch["rows"]), "the record is not in this leaf")
    row = batch["rows"][place]
    need(all(content[name] == value for name, value in row.items()), "the leaf says something else of this record")
    need(content["slot"] == batch["slot"], "the leaf is of another time")
    need(root_of_inclusion(sha256(b"\0", item), place, len(batch["rows"]), path) == batch["root"], "not in its batch")
    need(root_of_inclusion(sha256(b"\0", leaf), index, size, proof) == root, "not in the tree")
    return content


def verify(data, policy, text=None, answer=None):
    """What a receipt proves, as a dictionary; raises Invalid."""
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise Invalid("no UTF-8") from None
    lines = whole.split("\n")
    need(len(lines) > 4 and lines[0] == "c2sp.org/tlog-proof@v1", "not a tlog-proof")
    need(lines[1].startswith("extra "), "no receipt in the proof")
    extra = unbase64(lines[1][6:])
    rest = "\n".join(lines[2:])
    need(sha256(b"sluice/receipt/v1\n", extra[:-32], rest.encode()) == extra[-32:], "the sum is wrong: it was changed")
    need(lines[2].startswith("index "), "no index")
    index = decimal(lines[2][6:])
    blank = lines.index("", 3)
    proof = [unbase64(line) for line in lines[3:blank]]
    need(all(len(p) == 32 for p in proof), "a hash of another length")
    origin, size, root, witnesses = open_checkpoint("\n".join(lines[blank + 1 :]), policy)

    r = Reader(extra[:-32])
    need(r.integer(1) == 1, "a receipt of another version")
    flags = r.integer(1)
    need(flags < 8, "unknown flags")

    def part():
        item = r.take(r.integer(2))
        path = [r.take(32) for _ in range(r.integer(1))]
        return item, path, r.take(r.integer(2))

    admission = check_part(*part(), index, proof, size, root)
    need(admission["event"] in {"admitted", "refused", "denied"}, "no decision")
    end = None
    if flags & 4:
        item, path, leaf = part()
        where = r.integer(8)
        end = check_part(item, path, leaf, where, [r.take(32) for _ in range(r.integer(1))], size, root)
        need(end["event"] in ENDS and end["admission"] == admission["sequence"], "the end of another exchange")
    salts = {name: r.take(16) for bit, name in ((1, "request"), (2, "answer")) if flags & bit}
    r.end()
    opened = []
    for name, content, given in (("request", admission, text), ("answer", end, answer)):
        if given is not None:
            need(name in salts and content and content["commitment"], f"nothing to test the {name} with")
            ways = [sha256(f"sluice/{name}/v1\n".encode(), salts[name], given)]
            if name == "request":  # a long one is committed to by its digest
                ways.append(sha256(b"sluice/request/v2\n", salts[name], sha256(given)))
            need(content["commitment"] in ways, f"another {name}")
            opened.append(name)
    rule = (end or {}).get("rule") or admission["rule"]
    return {
        "valid": True, "sequence": admission["sequence"], "event": admission["event"], "origin": origin, "size": size,
        "witnesses": witnesses, "category": rule and rule[0], "principle": rule and rule[1],
        "outcome": end and end["event"], "constitution": admission["releases"][0].hex(), "opened": opened,
    }  # fmt: skip


def commitment(data):
    """The commitment to the request in a receipt that was verified."""
    r = Reader(unbase64(data.decode().split("\n")[1][6:]))
    r.take(2)
    return read_item(r.take(r.integer(2)))["commitment"]


def verify_promise(data, policy):
    """What a signed promise says, as a dictionary; raises Invalid."""
    text, _, signatures = data.decode().rpartition("\n\n")
    lines = text.split("\n")
    need(len(lines) == 6 and lines[0] == "sluice/promise/v1", "no promise")
    need(re.fullmatch(r"[0-9a-f]{32}", lines[2]), "a decision of another form")
    signed = False
    need(signatures.endswith("\n"), "the last newline is missing")
    for line in signatures.split("\n")[:-1]:
        found = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)", line)
        need(found, "a signature line of another form")
        signature = unbase64(found[2])
        for key in policy.logs:
            if (key.name, key.id) == (found[1], signature[:4]) and key.name == lines[1]:
                key.verify(signature[4:], (text + "\n").encode())
                signed = True
    need(signed, "the log has not signed")
    return {
        "origin": lines[1], "decision": lines[2], "sequence": decimal(lines[3]),
        "commitment": None if lines[4] == "-" else unbase64(lines[4]), "deadline": decimal(lines[5]),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("receipt")
    parser.add_argument("--policy", required=True)
    parser.add_argument("--text")
    parser.add_argument("--answer")
    options = parser.parse_args()

    def read(path):
        return path and open(path, "rb").read()

    try:
        policy = Policy.parse(open(options.policy).read())
        print(json.dumps(verify(read(options.receipt), policy, read(options.text), read(options.answer)), ensure_ascii=False))
    except Invalid as error:
        print(json.dumps({"valid": False, "error": str(error)}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
