#!/usr/bin/env python3
"""Makes simulated API traffic with known campaigns, for testing `sluice distill`.

    Tools/distillation-traffic.py OUT --seed 7 --exchanges 200000 [--difficulty 0.5] [--no-campaigns] [--only KIND,KIND]

Writes OUT/log.jsonl.gz, orgs.csv, meta.json and labels.csv. Everything is made up: words are built from syllables by the
seed, addresses lie in 240.0.0.0/4. The detector's author may look at one seed and must not tune to any.

Honest kinds: casual, developer, script, headquarters (one company, many keys, one address), nightly, client (users of one
popular program), course, agent; and crowds that resemble a campaign in one or two ways: hackathon (one room, new accounts),
agency (one card pays for many customers), vpn (shared exits), benchmark (the same public questions from unrelated labs),
launch (an app that became popular yesterday: new accounts, one client, one system prompt), reseller (one organisation, many
end customers), evaluation (one contract, all grading), annotators (one firm, prompts in lockstep), exam (students of many
schools, one hour, one set of questions, each at home), integrator (customers whom one firm set up in one week: one client,
one system prompt, one wording). With --also: faculty (one organisation, a card for each department, any client, human hours), fleet
(one organisation's machines, equal loads around the clock, a pool of addresses), lab (one organisation, all grading, equal loads).
Campaigns: hydra (shared cards, proxies, wording), paths (several access paths), stealth (own card, own address, old
accounts, half honest traffic), churn (members fall silent and are replaced), samples (each question to several accounts),
pivot (moves to a new model within a day), drip (few exchanges a day each), mimic (keeps human hours and bursts),
cover (behind one organisation's contract), relay (resold access: half of what its accounts ask is other people's, each in
a wording of their own), bestof (each question to eight accounts within minutes).
"""

import argparse
import csv
import gzip
import json
import math
import pathlib
import random

HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_790_000_000_000 // HOUR * HOUR
BUSY = 1.0
CREW = 1.0
CUES = ["reasoning", "thoughts", "scratch", "rubric", "grade", "score", "candidate", "criteria", "derive", "judge", "trace", "hidden"]
GLUE = ["the", "of", "a", "with", "for", "and", "in", "on", "to", "is"]


class World:
    def __init__(self, seed, days, difficulty, exchanges):
        self.r = random.Random(seed)
        self.days, self.difficulty, self.exchanges = days, difficulty, exchanges
        self.end = START + days * DAY
        self.release = START + int(days * DAY * self.r.uniform(0.35, 0.7))
        self.orgs, self.labels, self.rows, self.serial = {}, {}, [], 0
        syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
        self.vocabulary = list({"".join(self.r.choices(syllables, k=self.r.choice((2, 2, 3)))) for _ in range(2600)})
        self.slots = self.vocabulary[:1500]
        self.shapes = self.vocabulary[1500:]
        self.general = [self.template() for _ in range(70)]
        self.weights = [1 / (i + 3) ** 0.7 for i in range(70)]
        self.clients = [self.name("fp") for _ in range(45)]
        self.client_weights = [1 / (i + 1) for i in range(45)]
        self.networks = [(64_512 + i, self.r.choice(["US", "DE", "JP", "IN", "BR", "FR"])) for i in range(60)]

    def name(self, kind):
        return f"{kind}_{self.r.getrandbits(44):011x}"

    def template(self, cue=0.0, length=None):
        r, parts = self.r, []
        for _ in range(length or r.randint(5, 12)):
            x = r.random()
            parts.append("{w}" if x < 0.22 else "{n}" if x < 0.3 else r.choice(GLUE) if x < 0.5 else r.choice(CUES) if r.random() < cue else r.choice(self.shapes))
        return parts + ["{n}"] if r.random() < 0.3 else parts

    def fill(self, parts, r=None):
        r = r or self.r
        return " ".join(r.choice(self.slots) if p == "{w}" else str(r.randint(1, 30000)) if p == "{n}" else p for p in parts)

    def chat(self):
        text = self.fill(self.r.choices(self.general, self.weights)[0])
        x = self.r.random()
        if x < 0.15:
            text = "please " + text
        if x > 0.85:
            text += self.r.choice([" keep it short", " show your reasoning", " think step by step", " thanks", " as a table"])
        return text

    def org(self, created, plan=None, verified=None, contract=""):
        name, r = self.name("org"), self.r
        plan = plan or r.choices(["free", "payg", "startup", "edu"], [4, 5, 0.4, 0.4])[0]
        self.orgs[name] = (int(created), plan, r.random() < 0.25 if verified is None else verified, contract)
        return name

    def account(self, kind, label="legit", org=None, created=None, pay="own", **fixed):
        r = self.r
        self.serial += 1
        if created is None:
            created = START + r.random() * self.days * DAY - r.expovariate(1 / (160 * DAY))
        org = org or self.org(created, contract=fixed.get("contract", ""), plan=fixed.get("plan"), verified=fixed.get("verified"))
        a = {"id": self.name("acc"), "org": org, "kind": kind, "label": label, "n": 0, "created": created}
        network = r.choices(self.networks, [1 / (i + 1) for i in range(60)])[0]
        host = f"240.{network[0] % 50}.{r.randrange(256)}.{r.randrange(256)}"
        shared = r.random() < 0.06
        a["ips"] = fixed.get("ips") or ([(f"240.{network[0] % 50}.0.{r.randrange(30)}",) + network] if shared else []) + [(host,) + network]
        a["pay"] = (self.name("pm") if r.random() < 0.6 else None) if pay == "own" else pay
        a["client"] = fixed.get("client") or r.choices(self.clients, self.client_weights)[0]
        a["system"] = fixed.get("system")
        a["limit"] = fixed.get("limit") or r.choice([512, 1024, 2048, 4096])
        a["temperature"] = fixed.get("temperature", r.choice([None, 0, 0.7, 1.0]))
        a["stream"], a["tools"] = fixed.get("stream", 0.9), fixed.get("tools", 0.03)
        a["answer"] = fixed.get("answer") or r.lognormvariate(5.8, 0.5)
        self.labels[a["id"]] = a
        return a

    def ask(self, a, t, text, model=None):
        t = int(t)
        if not START <= t < self.end:
            return
        r = self.r
        ip = r.choice(a["ips"])
        status = r.choices([200, 429, 400, 500], [97, 2, 0.6, 0.4])[0]
        model = model or ("heron-2" if t > self.release and r.random() < 0.2 else r.choice(["heron-1", "heron-1-mini"]))
        done = 0 if status != 200 else max(1, int(a["answer"] * r.lognormvariate(0, 0.6)))
        a["n"] += 1
        self.rows.append((t, a["id"], a["org"], ip[0], ip[1], ip[2], a["pay"], a["client"], model, text, int(len(text) * r.uniform(0.3, 8)) + 5, min(done, a["limit"]), a["limit"], a["temperature"], r.random() < a["stream"], r.random() < a["tools"], a["system"], status))

    # -- how people and machines spend their time

    def sessions(self, a, count, text, begin=None, end=None):
        """Human: bursts of some minutes, in the waking hours of one time zone."""
        r, left, zone = self.r, count, self.r.randrange(24)
        begin, end = begin or START, end or self.end
        while left > 0:
            day = r.randrange(max(1, int((end - begin) / DAY)))
            t = begin + day * DAY + ((r.gauss(14, 4) + zone) % 24) * HOUR
            for _ in range(min(left, 1 + int(r.expovariate(1 / 6)))):
                self.ask(a, t, text())
                t += r.expovariate(1 / 70_000)
                left -= 1

    def steady(self, a, count, text, begin=None, end=None, daily=0.4, model=None):
        """A program: independent arrivals, more by day."""
        r = self.r
        begin, end = begin or START, end or self.end
        phase, made = r.random(), 0
        while made < count:
            t = begin + r.random() * (end - begin)
            if r.random() < 1 - daily * (0.5 + 0.5 * math.cos(2 * math.pi * (t / DAY + phase))):
                self.ask(a, t, text(), model)
                made += 1


def heavy(r, mean):
    """A count with the long tail that honest use has."""
    mean *= BUSY
    return max(1, min(int(r.lognormvariate(math.log(mean) - 0.7, 1.2)), int(mean * 25)))


def honest(w, share, only, also=()):
    """Fills the log with honest kinds, each a share of the exchanges."""
    r = w.r

    def casual(n):
        while n > 0:
            k = heavy(r, 11)
            n -= k
            w.sessions(w.account("casual"), k, w.chat)

    def developer(n):
        while n > 0:
            wrap, k = w.template(), heavy(r, 30)
            n -= k
            a = w.account("developer", system=w.name("sys"), stream=0.4, tools=0.2, limit=r.choice([1024, 4096, 8192]))
            fixed = w.fill(wrap)
            w.steady(a, k, lambda: fixed + " " + w.chat())

    def script(n):
        while n > 0:
            k = heavy(r, 18)
            n -= k
            w.sessions(w.account("script", system=w.name("sys"), stream=0.4), k, w.chat)

    def headquarters(n):
        org, wrap = w.org(START - r.uniform(5, 400) * DAY, "enterprise", True, "enterprise"), w.fill(w.template())
        ips = [(f"240.90.{r.randrange(256)}.{i}", 65_000, "DE") for i in range(2)]
        shared = dict(org=org, ips=ips, pay=w.name("pm"), client=w.name("fp"), system=w.name("sys"), limit=2048, temperature=0.2)
        while n > 0:
            k = heavy(r, 35)
            n -= k
            w.steady(w.account("headquarters", **shared), k, lambda: wrap + " " + w.chat(), daily=0.9)

    def nightly(n):
        while n > 0:
            org, wrap = w.org(START - r.uniform(20, 500) * DAY, "enterprise", True, "batch"), w.fill(w.template(cue=0.3))
            shared = dict(org=org, ips=[(f"240.91.{r.randrange(256)}.{i}", 65_001, "US") for i in range(4)], pay=w.name("pm"), client=w.name("fp"), system=w.name("sys"), stream=0, temperature=0, limit=512)
            at = r.randrange(24) * HOUR
            for _ in range(r.randint(6, 20)):
                a = w.account("nightly", **shared)
                for day in range(w.days):
                    for _ in range(r.randint(4, 12)):
                        w.ask(a, START + day * DAY + at + r.random() * HOUR, wrap + " " + w.chat())
                        n -= 1

    def client(n):
        wrap, system, prints = w.fill(w.template(length=16)), w.name("sys"), [w.name("fp"), w.name("fp")]
        pool = [w.template() for _ in range(14)]
        while n > 0:
            k = heavy(r, 22)
            n -= k
            a = w.account("client", created=w.r.uniform(START, w.end) - r.expovariate(1 / (70 * DAY)), client=r.choice(prints), system=system, tools=0.95, limit=8192, temperature=1.0)
            w.sessions(a, k, lambda: wrap + " " + w.fill(r.choice(pool)))

    def course(n):
        while n > 0:
            ips = [(f"240.92.{r.randrange(256)}.{r.randrange(256)}", 65_002, "GB")]
            tasks = [w.chat() for _ in range(r.randint(3, 7))]
            begin = START + r.uniform(0.1, 0.7) * w.days * DAY
            made = begin - r.uniform(1, 60) * DAY
            org = w.org(made, "edu", True) if r.random() < 0.5 else None
            for _ in range(r.randint(20, 70)):
                home = (f"240.{r.randrange(50)}.{r.randrange(256)}.{r.randrange(256)}", 64_600, "GB")
                a = w.account("course", org=org or w.org(made + r.random() * 3 * DAY, "edu", r.random() < 0.7), pay=None, ips=ips * 2 + [home])
                for _ in range(r.randint(3, 18)):
                    w.ask(a, begin + r.choice((0, 1, 2)) * DAY + r.random() * 1.3 * HOUR, r.choice(["", "please ", "hi "]) + r.choice(tasks))
                    n -= 1

    def agent(n):
        while n > 0:
            k, wrap = heavy(r, 120), w.fill(w.template(length=14))
            n -= k
            a = w.account("agent", system=w.name("sys"), tools=0.97, limit=16384, temperature=1.0)
            w.steady(a, k, lambda: wrap + " " + w.chat(), daily=0.1)

    def hackathon(n):
        while n > 0:
            ips = [(f"240.93.{r.randrange(256)}.{i}", 65_003, "US") for i in range(2)]
            begin = START + r.uniform(0.1, 0.8) * w.days * DAY
            for _ in range(r.randint(15, 60)):
                a = w.account("hackathon", created=begin - r.random() * DAY, plan=r.choice(["startup", "free"]), pay=None, ips=ips, system=w.name("sys"), tools=r.random(), limit=4096)
                k, own = heavy(r, 35), w.fill(w.template())
                n -= k
                w.sessions(a, k, lambda: own + " " + w.chat(), begin, begin + 2 * DAY)

    def agency(n):
        while n > 0:
            pay, ip = w.name("pm"), [(f"240.94.{r.randrange(256)}.1", 65_004, "FR")]
            for _ in range(r.randint(4, 15)):
                a = w.account("agency", pay=pay, system=w.name("sys"), stream=0.4, ips=ip if r.random() < 0.5 else None)
                k, own = heavy(r, 30), w.fill(w.template())
                n -= k
                w.steady(a, k, lambda: own + " " + w.chat())

    def vpn(n):
        exits = [(f"240.95.{r.randrange(4)}.{i}", 65_005, "NL") for i in range(25)]
        while n > 0:
            k = heavy(r, 12)
            n -= k
            w.sessions(w.account("vpn", ips=r.sample(exits, 3)), k, w.chat)

    def benchmark(n):
        pool = [w.template(cue=0.3) for _ in range(8)]
        questions = [w.fill(r.choice(pool)) for _ in range(150)]
        while n > 0:
            a = w.account("benchmark", verified=r.random() < 0.5, stream=0, temperature=0, limit=4096, tools=0)
            begin = START + r.random() * (w.days - 1) * DAY
            k = min(len(questions), r.randint(60, 150))
            n -= k
            for q in questions[:k]:
                w.ask(a, begin + r.random() * 3 * HOUR, q)
            w.sessions(a, heavy(r, 10), w.chat)

    def launch(n):
        begin = START + r.uniform(0, 0.4) * w.days * DAY
        wrap, system, prints = w.fill(w.template(length=12)), w.name("sys"), w.name("fp")
        pool = [w.template() for _ in range(10)]
        while n > 0:
            made = begin + r.expovariate(1 / (2.5 * DAY))
            a = w.account("launch", created=made, client=prints, system=system, limit=2048, temperature=0.7)
            k = heavy(r, 14)
            n -= k
            w.sessions(a, k, lambda: wrap + " " + w.fill(r.choice(pool)), begin=min(made, w.end - DAY))

    def reseller(n):
        org, pay = w.org(START - 200 * DAY, "enterprise", True, "reseller"), w.name("pm")
        ips = [(f"240.96.0.{i}", 65_006, "SG") for i in range(3)]
        while n > 0:
            k = heavy(r, 16)
            n -= k
            w.sessions(w.account("reseller", org=org, pay=pay, ips=ips, client="fp_resell"), k, w.chat)

    def evaluation(n):
        org, wraps = w.org(START - 90 * DAY, "enterprise", True, "evaluation"), [w.template(cue=0.5) for _ in range(4)]
        shared = dict(org=org, pay=w.name("pm"), ips=[("240.97.0.1", 65_007, "US")], system=w.name("sys"), stream=0, temperature=0, limit=1024, client=w.name("fp"))
        while n > 0:
            k = heavy(r, 60)
            n -= k
            w.steady(w.account("evaluation", **shared), k, lambda: w.fill(r.choice(wraps)) + " " + w.chat())

    def annotators(n):
        org, wrap = w.org(START - 300 * DAY, "payg", True, ""), w.fill(w.template())
        shared = dict(org=org, pay=w.name("pm"), client=w.name("fp"), system=w.name("sys"))
        while n > 0:
            k = r.randint(20, 40)
            n -= k
            w.steady(w.account("annotators", **shared), k, lambda: wrap + " " + w.chat(), daily=0.95)

    def exam(n):
        while n > 0:
            tasks = [w.chat() for _ in range(r.randint(5, 9))]
            begin = START + r.uniform(0.1, 0.8) * w.days * DAY
            for _ in range(r.randint(25, 80)):
                a = w.account("exam", created=begin - r.uniform(0.1, 40) * DAY, plan=r.choice(["free", "edu"]), pay=None)
                for task in r.sample(tasks, r.randint(3, len(tasks))):
                    w.ask(a, begin + r.random() * 2.5 * HOUR, r.choice(["", "please ", "quick: "]) + task)
                    n -= 1
                k = heavy(r, 6)
                n -= k
                w.sessions(a, k, w.chat)

    def integrator(n):
        while n > 0:
            begin = START + r.uniform(0, 0.5) * w.days * DAY
            wrap, system, client = w.fill(w.template(length=12)), w.name("sys"), w.name("fp")
            for _ in range(r.randint(8, 25)):
                a = w.account("integrator", created=begin - r.random() * 7 * DAY, plan="payg", client=client, system=system, limit=2048, temperature=0.2)
                k = heavy(r, 30)
                n -= k
                w.steady(a, k, lambda: wrap + " " + w.chat(), begin=begin, daily=0.9)

    def faculty(n):
        org, wraps = w.org(START - 400 * DAY, "edu", True, "campus"), [w.fill(w.template()) for _ in range(6)]
        cards, ips = [w.name("pm") for _ in range(6)], [(f"240.98.0.{i}", 65_008, "GB") for i in range(20)]
        while n > 0:
            k, wrap = heavy(r, 25), r.choice(wraps)
            n -= k
            w.sessions(w.account("faculty", org=org, pay=r.choice(cards), ips=r.sample(ips, 3)), k, lambda: wrap + " " + w.chat())

    def fleet(n):
        org, wrap, begin = w.org(START - r.uniform(3, 200) * DAY, "enterprise", True, "fleet"), w.fill(w.template()), START + r.uniform(0, 3) * DAY
        ips = [(f"240.99.0.{i}", 65_009, "US") for i in range(24)]
        shared = dict(org=org, pay=w.name("pm"), client=w.name("fp"), system=w.name("sys"), stream=0, temperature=0.2, limit=4096)
        for _ in range(max(12, n // 55)):
            w.steady(w.account("fleet", ips=r.sample(ips, 4), **shared), max(4, int(r.gauss(55, 8))), lambda: wrap + " " + w.chat(), begin=begin, daily=0.05)

    def lab(n):
        org, pool = w.org(START - 60 * DAY, "enterprise", True, r.choice(["pilot", "evaluation", "research", ""])), [w.template(cue=0.6) for _ in range(6)]
        shared = dict(org=org, pay=w.name("pm"), ips=[("240.97.1.1", 65_010, "JP")], client=w.name("fp"), stream=0, temperature=0, limit=2048)
        begin = START + r.uniform(0, 3) * DAY
        for _ in range(max(12, n // 60)):
            w.steady(w.account("lab", **shared), max(4, int(r.gauss(60, 10))), lambda: w.fill(r.choice(pool)), begin=begin, daily=0.1)

    kinds = {
        "casual": 27, "developer": 22, "script": 6, "headquarters": 6, "nightly": 5, "client": 9, "course": 4, "agent": 6, "hackathon": 3,
        "agency": 3, "vpn": 4, "benchmark": 2, "launch": 4, "reseller": 3, "evaluation": 2, "annotators": 2,
        "exam": 2, "integrator": 2,
    }
    # Kinds that come only when they are named, so that the logs of older seeds stay what they were.
    named = {"faculty": 3, "fleet": 3, "lab": 2}
    chosen = {k: v for k, v in (kinds | named).items() if (k in kinds and not only) or k in only or k in also}
    for kind, weight in chosen.items():
        locals()[kind](int(w.exchanges * share * weight / sum(chosen.values())))


def campaign(w, kind, label, exchanges):
    """One operation; what it shares falls with the difficulty."""
    r, d = w.r, w.difficulty
    per = {"drip": 12, "stealth": 45, "churn": 40, "cover": 60, "relay": 90}.get(kind, r.randint(40, 80))
    per = int(per * CREW)
    size = max(12, exchanges // per)
    begin = START + r.uniform(0.05, 0.25) * w.days * DAY
    end = w.end - r.uniform(0, 0.2) * w.days * DAY
    if kind == "pivot":
        begin = max(begin, w.release - 2 * DAY)
    hidden = kind in ("stealth", "drip")
    honest_share = {"stealth": 0.5, "drip": 0.3, "relay": 0.5}.get(kind, 0.15 + 0.25 * d)
    span = (10 + 25 * d + (25 if hidden else 0)) * DAY
    cue = 0.35 * (1 - d) + 0.05
    families = []
    for _ in range(r.randint(6, 12)):
        base = w.template(cue=cue)
        families.append([[p if p.startswith("{") or r.random() < 0.75 else r.choice(w.shapes) for p in base] for _ in range(r.randint(2, 5))])
    cards = [w.name("pm") for _ in range(max(3, size // (3 + int(6 * (1 - d)))))]
    network = (65_100 + r.randrange(50), "US")
    proxies = [(f"240.{100 + r.randrange(50)}.{r.randrange(3)}.{i}",) + network for i in range(max(4, int(size * (0.2 + 0.5 * d))))]
    systems = [w.name("sys") for _ in range(r.randint(1, 5))] + [None] * int(4 * d)
    clients = [w.name("fp") for _ in range(r.randint(2, 4))] + r.choices(w.clients, w.client_weights, k=int(2 + 6 * d))
    org = w.org(begin - 40 * DAY, "enterprise", True, "batch") if kind == "cover" else None
    bank = [w.fill(r.choice(r.choice(families))) for _ in range(max(20, exchanges // 4))] if kind == "samples" else None
    hours = [0.35 + 0.65 * (0.5 + 0.5 * math.cos(2 * math.pi * (h + r.random()) / 24)) if d > 0.4 else 1.0 for h in range(24)]

    customers = [w.fill(w.template()) for _ in range(size)] if kind == "relay" else None

    def question():
        if r.random() < honest_share:
            return (r.choice(customers) + " " if customers else "") + w.chat()
        if bank:
            return r.choice(["", "", "please ", "now "]) + r.choice(bank)
        text = w.fill(r.choice(r.choice(families)))
        return ("please " if r.random() < 0.1 else "") + text

    def member(born, dies, count):
        a = w.account(
            "campaign", label, org=org, created=min(born - r.random() * span, w.end), pay="own" if hidden else (None if r.random() < 0.3 * d else r.choice(cards)),
            ips=None if hidden and r.random() < 0.8 else r.sample(proxies, min(3, len(proxies))), client=r.choices(w.clients, w.client_weights)[0] if hidden else r.choice(clients),
            system=None if hidden else r.choice(systems), limit=r.choice([4096, 8192, 16384]), stream=0.5, tools=r.choice([0.1, 0.6]), answer=r.lognormvariate(6.5, 0.5), temperature=r.choice([None, 0.7, 1.0]))
        if kind == "mimic":
            return w.sessions(a, count, question, born, dies)
        if kind == "bestof":
            return a
        left = count
        while left > 0:
            t = born + r.random() * (dies - born)
            if r.random() < hours[int(t / HOUR) % 24]:
                w.ask(a, t, question(), "heron-2" if kind == "pivot" and t > w.release and r.random() < 0.6 else None)
                left -= 1

    if kind == "bestof":
        team = [member(begin + r.random() * 6 * HOUR, end, 0) for _ in range(size)]
        for _ in range(exchanges // 8):
            t, text = begin + r.random() * (end - begin), question()
            for a in r.sample(team, min(8, size)):
                w.ask(a, t + r.random() * 8 * 60_000, text if r.random() > honest_share else w.chat())
        return
    for _ in range(size):
        count = max(4, int(r.gauss(per, per * 0.2)))
        if kind == "churn":
            t, life = begin, (end - begin) / 3
            for _ in range(3):
                stop = t + life * r.uniform(0.8, 1.1)
                member(t, stop, max(3, count // 3))
                t = stop + r.uniform(1, 10) * 60_000
        else:
            member(begin + r.random() * 6 * HOUR, end, count)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--exchanges", type=int, default=100_000)
    p.add_argument("--days", type=int, default=10)
    p.add_argument("--difficulty", type=float, default=0.5)
    p.add_argument("--no-campaigns", action="store_true")
    p.add_argument("--campaigns", default="", help="kinds, comma-separated; three of the seed's choice otherwise")
    p.add_argument("--busy", type=float, default=1.0, help="honest accounts are so many times as busy, and so many times fewer")
    p.add_argument("--crew", type=float, default=1.0, help="the same for the accounts of campaigns")
    p.add_argument("--only", default="", help="honest kinds, comma-separated; all otherwise")
    p.add_argument("--also", default="", help="more honest kinds, comma-separated: faculty, fleet, lab")
    o = p.parse_args()
    global BUSY, CREW
    BUSY, CREW = o.busy, o.crew
    w = World(o.seed, o.days, o.difficulty, o.exchanges)
    every = ["hydra", "paths", "stealth", "churn", "samples", "pivot", "drip", "mimic", "cover", "relay", "bestof"]
    chosen = [] if o.no_campaigns else o.campaigns.split(",") if o.campaigns else w.r.sample(every, 3)
    share = 0.06
    honest(w, 1 - share * len(chosen), set(filter(None, o.only.split(","))), set(filter(None, o.also.split(","))))
    for i, kind in enumerate(chosen):
        campaign(w, kind, f"{kind}-{i + 1}", int(o.exchanges * share))
    w.rows.sort(key=lambda row: row[0])
    out = pathlib.Path(o.out)
    out.mkdir(parents=True, exist_ok=True)
    names = "ts_ms account_id org_id ip asn country payment_hash client_fingerprint model prompt_text prompt_tokens completion_tokens max_tokens temperature stream has_tools system_hash status".split()
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    with gzip.open(out / "log.jsonl.gz", "wt", compresslevel=4, encoding="utf-8") as f:
        for row in w.rows:
            f.write(encode(dict(zip(names, row))) + "\n")
    with open(out / "orgs.csv", "w", newline="") as f:
        c = csv.writer(f)
        c.writerow(["org_id", "created_ms", "plan", "verified", "contract"])
        c.writerows([name, made, plan, str(checked).lower(), contract] for name, (made, plan, checked, contract) in w.orgs.items())
    first = {}
    for row in w.rows:
        first.setdefault(row[1], row[0])
    with open(out / "labels.csv", "w", newline="") as f:
        c = csv.writer(f)
        c.writerow(["account_id", "label", "kind", "n_exchanges", "first_ts_ms"])
        c.writerows([a["id"], a["label"], a["kind"], a["n"], first[a["id"]]] for a in w.labels.values() if a["n"])
    models = [{"id": "heron-1", "released_ms": None}, {"id": "heron-1-mini", "released_ms": None}, {"id": "heron-2", "released_ms": w.release}]
    (out / "meta.json").write_text(json.dumps({"start_ms": START, "end_ms": w.end, "exchanges": len(w.rows), "accounts": len(first), "models": models}, indent=1))
    print(f"{len(w.rows)} exchanges, {len(first)} accounts, campaigns: {', '.join(chosen) or 'none'}")


if __name__ == "__main__":
    main()
