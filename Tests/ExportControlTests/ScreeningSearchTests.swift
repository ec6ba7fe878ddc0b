import Testing

@testable import ExportControl

struct ScreeningSearchTests {
    private func best(_ name: String) -> (id: String, score: Float)? {
        var screener = Screener(ScreeningFixtures.index)
        return screener.search(name, floor: 0).first.map { (ScreeningFixtures.index.parties[$0.party].id, $0.score) }
    }

    @Test(
        "A listed name is found however it is written",
        arguments: [
            ("Zorvex Quantum Dynamics", "1"), ("ZORVEX QUANTUM DYNAMICS LLC", "1"), ("Quantum Zorvex Dynamics", "1"),
            ("Zorvx Quantum Dynamics", "1"), ("Zorvex Qauntum Dynanics", "1"), ("ZorvexQuantumDynamics", "1"),
            ("ZORVEXQUANTUMDYNAMICSCO.,LTD.", "1"), ("Zor vex Quantum-Dynamics", "1"), ("ZQD", "1"),
            ("M/s Zorvex Quantum Dynamics Representative Office", "1"), ("佐维克斯量子动力有限公司", "1"),
            ("佐維克斯量子動力有限公司", "1"), ("佐维克斯 量子动力", "1"), ("佐维克斯量子动力", "1"), ("Зорвекс Квантум Динамикс", "1"),
            ("Vektor Polymash LLC", "2"), ("ООО Вектор Полимаш", "2"), ("Mohammad Yaqub Kharzai", "3"),
            ("KHARZAI, Muhammad Yaqoob", "3"), ("Beijing Haiyuan Technology Youxian Gongsi", "4"),
            ("BEIJINGHAIYUANJISHUYOUXIANGONGSI", "4"), ("北京海元技术有限公司", "4"), ("Gulf Heron Contracting", "5"),
            ("GHC", "5"),
            ("Dimabe Ltda.", "8"), ("Diambee", "8"),
        ])
    func finds(_ name: String, _ id: String) throws {
        let hit = try #require(best(name))
        #expect(hit.id == id)
        #expect(hit.score >= 0.5, "\(hit)")
    }

    @Test(
        "A name that shares only what many share is no hit",
        arguments: [
            "Quartzite Technology Trading Co., Ltd.", "Beijing Cypress Jishu Youxian Gongsi", "Marigold Contracting",
            "Pinnacle Institute of Computing Technology", "Southern Cobalt University of Posts and Telecommunications",
            "OOO Lantern", "Quantum Dynamics", "Zorvex Bakery", "Mohammad Ali", "清华大学", "Falconridge Co., Ltd.",
        ])
    func doesNotFind(_ name: String) {
        let hit = best(name)
        #expect(hit?.score ?? 0 < 0.5, "\(String(describing: hit))")
    }

    @Test("A hit shows which words were set against which")
    func words() throws {
        var screener = Screener(ScreeningFixtures.index)
        let hit = try #require(screener.search("Zorvx Quantum Dynamics Inc").first)
        #expect(
            hit.words.contains { $0.asked == "zorvx" && $0.listed == "zorvex" && $0.likeness > 0.7 && $0.likeness < 1 })
        #expect(hit.words.contains { $0.asked == "quantum" && $0.listed == "quantum" && $0.likeness == 1 })
        #expect(screener.index.parties[hit.party].names[hit.name] == "Zorvex Quantum Dynamics Co., Ltd.")
    }

    @Test("The same search gives the same hits, and any text some answer")
    func repeats() {
        var screener = Screener(ScreeningFixtures.index)
        var random = ScreeningRandom(7)
        let names = ScreeningFixtures.parties.flatMap(\.names)
        for _ in 0..<400 {
            var scalars = Array(names[random.next(names.count)].unicodeScalars)
            for _ in 0..<random.next(6) {
                scalars[random.next(scalars.count)] = Unicode.Scalar(UInt32(random.next(0x3000))) ?? "x"
            }
            let name = String(String.UnicodeScalarView(scalars))
            let hits = screener.search(name, floor: 0)
            #expect(hits == screener.search(name, floor: 0))
            #expect(hits.allSatisfy { (0...1).contains($0.score) })
            #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score >= $1.score })
        }
    }

    @Test("An empty list has no hits, and a name without letters neither")
    func nothing() {
        var empty = Screener(ScreeningIndex([]))
        #expect(empty.search("Zorvex").isEmpty)
        var screener = Screener(ScreeningFixtures.index)
        #expect(screener.search("…").isEmpty)
    }

    @Test("An organisation's country and kind move a score, and decide nothing alone")
    func circumstances() throws {
        var screener = Screener(ScreeningFixtures.index)
        func score(_ name: String, _ country: String) throws -> Float {
            let subject = ScreeningSubject(names: [name], kind: .organization, countries: [country])
            return try #require(screener.search(subject, floor: 0).first).score
        }
        #expect(try score("Zorvx Quantum Dynamic", "CN") > score("Zorvx Quantum Dynamic", "FR"))
        #expect(try score("Zorvex Quantum Dynamics", "FR") > 0.5)
        let stranger = ScreeningSubject(names: ["Maple Bakery"], kind: .organization, countries: ["CN"])
        #expect(screener.search(stranger, floor: 0.5).isEmpty)
    }

    @Test("A number finds its entry whatever the name, and says so")
    func identifiers() throws {
        var screener = Screener(ScreeningFixtures.index)
        let subject = ScreeningSubject(names: ["Maple Bakery"], identifiers: ["91110000MA005UCQ5P"])
        let hit = try #require(screener.search(subject, floor: 0.9).first)
        #expect(hit.party == 0 && hit.circumstance?.identifier == "91110000-MA005 UCQ5P")
        #expect(screener.search(ScreeningSubject(names: ["Maple Bakery"], identifiers: ["9111"]), floor: 0.5).isEmpty)
    }
}
