// The page: reads receipts and reports, shows what they prove. Nothing is fetched but files beside this page.
"use strict";
const byId = (id) => document.getElementById(id);
let language = (navigator.language || "en").startsWith("zh") ? "zh" : "en", report = null;
const word = (name) => WORDS[language][name] ?? name;

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text; // never as markup: what is shown comes from outside
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function speak(next) {
  language = next;
  document.documentElement.lang = next;
  document.title = "Sluice: " + word("title");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = word(node.dataset.text);
  byId("result").replaceChildren();
  showReport();
}

function table(rows) {
  const made = element("table");
  for (const [name, value] of rows) {
    const row = element("tr");
    row.append(element("th", name, { scope: "row" }), element("td", value));
    made.append(row);
  }
  return made;
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
function decisionName(bytes) {
  let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n), text = "";
  for (let i = 0; i < 26; i++, value >>= 5n) text = alphabet[Number(value & 31n)] + text;
  return "dec_" + text;
}

async function check() {
  const output = byId("result"), began = performance.now();
  const text = byId("receipt").value, texts = {};
  for (const name of ["request", "answer"]) if (byId(name).value) texts[name] = utf8(byId(name).value);
  const file = byId("document").files[0];
  if (file) texts.document = new Uint8Array(await file.arrayBuffer());
  try {
    const proven = await verifyReceipt(text, byId("policy").value, texts);
    const took = performance.now() - began, item = proven.admission;
    const heading = element("p");
    heading.append(element("strong", word("valid")), ` ${word("took")} ${took.toFixed(1)} ms`);
    const opened = [...proven.opened.map((name) => word(name)), ...(proven.document ? [word("document_fits")] : [])];
    output.className = "good";
    output.replaceChildren(heading, table([
      [word("decision"), `${decisionName(item.decision)}, ${word("record")} ${item.sequence}: ${word(item.event)}`],
      [word("time"), new Date(item.slot * 600000).toISOString()],
      ...(proven.end ? [[word("outcome"), word(proven.end.event)]] : []),
      ...(proven.rule ? [[word("rule"), proven.rule.slice(0, 2).filter(Boolean).join(" / ")]] : []),
      [word("log"), `${proven.origin}, ${proven.size} ${word("leaves")}`],
      [word("witnesses"), proven.witnesses.join(", ") || word("none")],
      [word("constitution"), hex(item.releases[0])],
      ...(opened.length ? [[word("opened"), opened.join(", ")]] : []),
    ]));
    output.dataset.state = "valid";
    output.dataset.milliseconds = took.toFixed(2);
  } catch (error) {
    const heading = element("p");
    heading.append(element("strong", word("invalid")), " " + error.message);
    output.className = "bad";
    output.replaceChildren(heading);
    output.dataset.state = "invalid";
  }
}

function bars(target, rows) {
  if (!rows.length) return target.replaceChildren(element("p", word("nothing")));
  const space = "http://www.w3.org/2000/svg", most = Math.max(1, ...rows.map(([, count]) => count));
  const make = (name, attributes, text) => {
    const made = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const chart = make("svg", { viewBox: `0 0 640 ${rows.length * 22}`, role: "img", "aria-label": rows.map(([n, c]) => `${n}: ${c}`).join("; ") });
  rows.forEach(([name, count], i) => {
    const y = i * 22;
    chart.append(make("text", { x: 0, y: y + 14 }, name), make("rect", { x: 250, y: y + 3, height: 14, width: Math.max(1, (300 * count) / most) }),
      make("text", { x: 256 + (300 * count) / most, y: y + 14 }, String(count)));
  });
  target.replaceChildren(chart);
}

function showReport() {
  const days = report?.days ?? [], total = report?.total ?? {};
  bars(byId("refusals"), days.slice(-60).flatMap((day) => ["admitted", "refused", "refusedMidStream", "denied"]
    .map((event) => [`${day.day} ${word(event)}`, day.events[event]]).filter(([, count]) => count > 0)));
  bars(byId("categories"), (total.causes ?? []).slice(0, 30).map((cause) => [`${word(cause.event)}: ${[cause.category, cause.principle].filter(Boolean).join(" / ")}`, cause.count]));
  bars(byId("granted"), (total.appeals ?? []).map((appeal) => [appeal.category, appeal.granted]));
  const releases = report?.releases ?? [];
  byId("releases").replaceChildren(releases.length ? table(releases.map((r) => [r.time, `${r.subject} ${r.version} ${r.hash}`])) : element("p", word("nothing")));
  byId("source").textContent = report ? `${word("from")} ${report.origin}, ${report.size} ${word("leaves")}` : word("nothing");
}

async function take(file) {
  report = JSON.parse(await file.text());
  showReport();
}

byId("english").onclick = () => speak("en");
byId("chinese").onclick = () => speak("zh");
byId("verify").onclick = check;
byId("file").onchange = async () => { const file = byId("file").files[0]; if (file) byId("receipt").value = await file.text(); };
byId("report").onchange = async () => { const file = byId("report").files[0]; if (file) await take(file); };
speak(language);
// Beside a published log the publisher may lay these two; without them the page works from pasted text alone.
if (location.protocol.startsWith("http")) {
  fetch("policy.txt").then((r) => (r.ok ? r.text() : "")).then((text) => { if (text && !byId("policy").value) byId("policy").value = text; }).catch(() => {});
  fetch("report.json").then((r) => (r.ok ? r.json() : null)).then((found) => { if (found) { report = found; showReport(); } }).catch(() => {});
}
