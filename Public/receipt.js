// Checks a receipt without asking anybody: docs/TRANSPARENCY.md, c2sp.org/tlog-proof, /signed-note, /tlog-policy, RFC 9162.
"use strict";
const EVENTS = [null, "admitted", "refused", "denied", "complete", "refusedMidStream", "cut", "failed", "clientLeft", "interruption", "act"];
const ENDS = new Set(EVENTS.slice(4, 9)), RULED = new Set(["refused", "denied", "refusedMidStream"]);

class Invalid extends Error {}
const need = (condition, why) => { if (!condition) throw new Invalid(why); };
const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const join = (...parts) => {
  const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
};
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
const unbase64 = (text) => {
  need(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text), "not base64");
  const binary = atob(text);
  need(btoa(binary) === text, "base64 in another than its one form");
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
};
const decimal = (text) => { need(/^(0|[1-9][0-9]{0,15})$/.test(text), "not a decimal number"); return Number(text); };

async function rootOfInclusion(leaf, index, size, path) {
  need(index < size, "the index is not below the size");
  // BigInt: sizes may have more than 32 bits, which shifts of numbers would cut.
  let fn = BigInt(index), sn = BigInt(size) - 1n, root = leaf;
  for (const sibling of path) {
    need(sn !== 0n, "the path is too long");
    if (fn & 1n || fn === sn) {
      root = await sha256([1], sibling, root);
      while (!(fn & 1n) && fn) { fn >>= 1n; sn >>= 1n; }
    } else root = await sha256([1], root, sibling);
    fn >>= 1n; sn >>= 1n;
  }
  need(sn === 0n, "the path is too short");
  return root;
}

async function parseKey(text) {
  const found = /^([^\s+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text);
  need(found, "a key that is not NAME+ID+BASE64");
  const data = unbase64(found[3]);
  need(data.length === 33 && (data[0] === 1 || data[0] === 4), "a key of an unknown type");
  need(hex((await sha256(utf8(found[1]), [10], data)).slice(0, 4)) === found[2], "a key whose id does not fit");
  return { name: found[1], id: found[2], type: data[0], key: data.slice(1) };
}

async function parsePolicy(text) {
  const policy = { logs: [], witnesses: new Map(), groups: [], quorum: "" };
  for (const line of text.split("\n")) {
    const words = line.split(/[ \t\r]+/).filter(Boolean);
    if (!words.length || words[0].startsWith("#")) continue;
    if (words[0] === "log") policy.logs.push(await parseKey(words[1]));
    else if (words[0] === "witness") policy.witnesses.set(words[1], await parseKey(words[2]));
    else if (words[0] === "group") {
      const members = words.slice(3);
      policy.groups.push([words[1], words[2] === "all" ? members.length : words[2] === "any" ? 1 : decimal(words[2]), members]);
    } else if (words[0] === "quorum") policy.quorum = words[1];
    else if (words.length === 1 && /\+[0-9a-f]{8}\+/.test(words[0])) {
      policy.logs.push(await parseKey(words[0]));
      policy.quorum ||= "none";
    } else throw new Invalid(`the policy's word '${words[0]}'`);
  }
  need(policy.quorum && policy.logs.length, "the policy names no log, or no quorum");
  return policy;
}

async function verifySignature(key, signature, message) {
  try {
    const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, message);
  } catch (error) {
    if (error.name !== "NotSupportedError") throw error;
    return slowEd25519(key, signature, message);
  }
}

async function openCheckpoint(note, policy) {
  const split = note.lastIndexOf("\n\n");
  need(split > 0 && note.endsWith("\n"), "the checkpoint is no note");
  need(!/[\u0000-\u0009\u000b-\u001f]/.test(note), "a control character");
  const text = note.slice(0, split + 1), signed = new Set();
  for (const line of note.slice(split + 2, -1).split("\n")) {
    const found = /^— ([^\s+]+) (\S+)$/u.exec(line);
    need(found, "a signature line of another form");
    const data = unbase64(found[2]);
    need(data.length > 4, "a signature that is too short");
    for (const key of [...policy.logs, ...policy.witnesses.values()]) {
      if (key.name !== found[1] || key.id !== hex(data.slice(0, 4))) continue;
      let message = utf8(text), signature = data.slice(4);
      if (key.type === 4) {
        need(signature.length === 72, "a cosignature of another length");
        const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
        message = utf8(`cosignature/v1\ntime ${time}\n${text}`);
        signature = signature.slice(8);
      }
      need(await verifySignature(key.key, signature, message), `the signature of ${key.name} is wrong`);
      signed.add(key);
    }
  }
  const lines = text.slice(0, -1).split("\n");
  need(lines.length >= 3 && lines.every(Boolean), "the checkpoint has too few lines");
  need([...signed].some((key) => key.type === 1 && key.name === lines[0]), "the log has not signed");
  const met = new Set([...policy.witnesses].filter(([, key]) => signed.has(key)).map(([name]) => name));
  for (const [name, least, members] of policy.groups) if (members.filter((m) => met.has(m)).length >= least) met.add(name);
  need(policy.quorum === "none" || met.has(policy.quorum), "the quorum of witnesses is not met");
  const root = unbase64(lines[2]);
  need(root.length === 32, "a root of another length");
  return { origin: lines[0], size: decimal(lines[1]), root, witnesses: [...signed].filter((k) => k.type === 4).map((k) => k.name) };
}

class Reader {
  constructor(bytes) { this.bytes = bytes; this.at = 0; }
  take(count) {
    need(this.bytes.length - this.at >= count, "it ends too early");
    this.at += count;
    return this.bytes.slice(this.at - count, this.at);
  }
  integer(size) {
    const value = this.take(size).reduceRight((sum, byte) => sum * 256 + byte, 0);
    need(Number.isSafeInteger(value), "a number that is too large");
    return value;
  }
  text() {
    const count = this.integer(2);
    need(count <= 1024, "a text that is too long");
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(count));
  }
  flag() { const value = this.integer(1); need(value < 2, "a bad flag"); return value === 1; }
  rule() { const rule = [this.text(), this.text(), this.integer(1)]; need(rule[2] <= 4, "a bad stage"); return rule; }
  hashes(count) { return Array.from({ length: count }, () => this.take(32)); }
  end() { need(this.at === this.bytes.length, "bytes are left over"); }
}

function readItem(bytes) {
  const r = new Reader(bytes);
  need(r.integer(1) === 1, "an item of another version");
  const event = EVENTS[r.integer(1)];
  need(event, "an event that does not exist");
  const item = { event, sequence: r.integer(8), slot: r.integer(4), decision: r.take(16), admission: r.integer(8), releases: r.hashes(4) };
  item.rule = r.flag() ? r.rule() : null;
  item.unjudged = r.flag();
  item.commitment = r.flag() ? r.take(32) : null;
  r.end();
  return item;
}

function readBatch(bytes) {
  const r = new Reader(bytes);
  need(r.integer(1) === 2 && r.integer(1) === 1, "the leaf holds no decisions");
  const batch = { slot: r.integer(4), first: r.integer(8), count: r.integer(2), root: r.take(32), rows: [] };
  need(batch.count >= 1 && batch.count <= 256, "a batch of no or too many items");
  const releases = Array.from({ length: r.integer(1) }, () => r.hashes(4));
  const rules = Array.from({ length: r.integer(1) }, () => r.rule());
  for (let place = 0; place < batch.count; place++) {
    const event = EVENTS[r.integer(1)], release = r.integer(1), rule = r.integer(1);
    need(event && (release === 255 || releases[release]) && (rule === 255 || rules[rule]), "a bad row");
    const row = { event, unjudged: r.flag() }, back = r.integer(4);
    row.releases = release === 255 ? Array.from({ length: 4 }, () => new Uint8Array(32)) : releases[release];
    row.rule = rule === 255 ? null : rules[rule];
    row.admission = ENDS.has(event) ? batch.first + place - back : 0;
    need(RULED.has(event) === (row.rule !== null), "a rule that does not fit");
    batch.rows.push(row);
  }
  r.end();
  return batch;
}

async function checkPart(bytes, path, leaf, index, proof, head) {
  const item = readItem(bytes), batch = readBatch(leaf), place = item.sequence - batch.first, row = batch.rows[place];
  need(row, "the record is not in this leaf");
  need(item.event === row.event && item.unjudged === row.unjudged && item.admission === row.admission && item.slot === batch.slot
    && JSON.stringify(item.rule) === JSON.stringify(row.rule) && item.releases.every((hash, i) => same(hash, row.releases[i])),
    "the leaf says something else of this record");
  need(same(await rootOfInclusion(await sha256([0], bytes), place, batch.count, path), batch.root), "it is not in its batch");
  need(same(await rootOfInclusion(await sha256([0], leaf), index, head.size, proof), head.root), "it is not in the tree");
  return item;
}

async function verifyReceipt(text, policyText, texts = {}) {
  const lines = text.split("\n");
  need(lines[0] === "c2sp.org/tlog-proof@v1" && lines[1]?.startsWith("extra "), "this is no receipt");
  const extra = unbase64(lines[1].slice(6)), body = extra.slice(0, -32), rest = lines.slice(2).join("\n");
  need(same(await sha256(utf8("sluice/receipt/v1\n"), body, utf8(rest)), extra.slice(-32)), "it was changed: its sum is wrong");
  need(lines[2].startsWith("index "), "it has no index");
  const blank = lines.indexOf("", 3), proof = lines.slice(3, blank).map(unbase64);
  need(blank > 0 && proof.every((hash) => hash.length === 32), "a hash of another length");
  const head = await openCheckpoint(lines.slice(blank + 1).join("\n"), await parsePolicy(policyText));
  const r = new Reader(body);
  need(r.integer(1) === 1, "a receipt of another version");
  const flags = r.integer(1);
  need(flags < 8, "unknown flags");
  const part = () => [r.take(r.integer(2)), r.hashes(r.integer(1)), r.take(r.integer(2))];
  const admission = await checkPart(...part(), decimal(lines[2].slice(6)), proof, head);
  need(["admitted", "refused", "denied"].includes(admission.event), "it begins with no decision");
  let end = null;
  if (flags & 4) {
    const content = part(), where = r.integer(8);
    end = await checkPart(...content, where, r.hashes(r.integer(1)), head);
    need(ENDS.has(end.event) && end.admission === admission.sequence, "the end is of another exchange");
  }
  const salts = { request: flags & 1 ? r.take(16) : null, answer: flags & 2 ? r.take(16) : null };
  r.end();
  const opened = [];
  for (const [name, item] of [["request", admission], ["answer", end]]) {
    if (!texts[name]) continue;
    need(salts[name] && item?.commitment, `there is nothing to test the ${name} with`);
    const ways = [await sha256(utf8(`sluice/${name}/v1\n`), salts[name], texts[name])];
    // A long request is committed to by its digest.
    if (name === "request") ways.push(await sha256(utf8("sluice/request/v2\n"), salts[name], await sha256(texts[name])));
    need(ways.some((way) => same(way, item.commitment)), `the ${name} is another one`);
    opened.push(name);
  }
  if (texts.document) need(same(await sha256(texts.document), admission.releases[0]), "this is not the constitution that was applied");
  return { ...head, admission, end, opened, document: Boolean(texts.document), rule: end?.rule ?? admission.rule };
}
