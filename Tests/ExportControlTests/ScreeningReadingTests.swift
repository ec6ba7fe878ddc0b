import Testing

@testable import ExportControl

struct ScreeningReadingTests {
    private func words(_ name: String) -> [String] { NameReader.read(name).first?.words.map(\.text) ?? [] }

    @Test(
        "A name reads the same in every script and spelling",
        arguments: [
            ("北京邮电大学", ["beijing", "youdian", "daxue"]), ("北京郵電大學", ["beijing", "youdian", "daxue"]),
            ("重庆银行", ["chongqing", "yinhang"]), ("Владимир Путин", ["vladimir", "putin"]),
            ("Ａｃｍｅ　ＣＯ．", ["acme", "co"]), ("Müller-Łódź", ["muller", "lodz"]), ("바다", ["ba", "da"]),
            ("Αλέξανδρος", ["alexandros"]), ("ბარაკ ობამა", ["barak", "obama"]),
            ("L.X.C. Aviation", ["lxc", "aviation"]),
            ("William W. Frost", ["william", "w", "frost"]), ("Hyo'k-ch'o'l", ["hyok", "chol"]),
            ("Brigade Forty-Four", ["brigade", "44"]), ("811th Institute", ["811", "institute"]),
        ])
    func scripts(_ name: String, _ expected: [String]) {
        #expect(words(name) == expected)
    }

    @Test("Han names also have a form in simplified characters, whatever stands between them")
    func hanForms() throws {
        let plain = try #require(NameReader.read("北京邮电大学有限公司").first { $0.isHan })
        let spaced = try #require(NameReader.read("北京 郵電 大學有限公司").first { $0.isHan })
        #expect(plain == spaced)
        #expect(plain.words.map(\.kind) == [.place, .distinctive, .generic, .legalForm])
    }

    @Test(
        "Legal forms are known in Latin letters, pinyin and Han",
        arguments: [
            "Zorvex Co., Ltd.", "Zorvex Aktiengesellschaft", "Open Joint Stock Company Zorvex", "Zorvex Youxian Gongsi",
            "Zorvex 有限公司", "OOO Zorvex", "Zorvex Sp. z o.o.", "Zorvex Gesellschaft mit beschränkter Haftung",
            "Zorvex S.A.",
        ])
    func legalForms(_ name: String) {
        let form = NameReader.read(name).first
        #expect(form?.words.filter { $0.kind != .legalForm }.map(\.text) == ["zorvex"])
    }

    @Test("A name of nothing but legal forms is told by them")
    func onlyLegalForms() {
        #expect(NameReader.read("OOO AO").first?.words.allSatisfy { $0.kind == .distinctive } == true)
    }

    @Test("The town of a branch office weighs little, and so do initials that repeat the name")
    func lightWords() {
        let office = NameReader.read("Zorvex - Shanghai Branch Office")[0].words
        #expect(office.first { $0.text == "shanghai" }?.share ?? 1 < 0.5)
        let initials = NameReader.read("Gulf Heron Contracting GHC")[0].words
        #expect(initials.last?.share ?? 1 < 0.5)
        #expect(NameReader.read("Gulf Heron Contracting XYZ")[0].words.last?.share == 1)
    }

    @Test(
        "Transliterations of one name sound alike",
        arguments: [
            ("yaqub", "yaqoob"), ("mikhaylovich", "mikhailovich"), ("grigoryevich", "grigorievich"),
            ("wladimir", "vladimir"),
            ("sergei", "sergey"), ("yousuf", "yusuf"), ("shcherbakov", "scherbakov"), ("1gor", "igor"), ("hsi", "xi"),
        ])
    func sounds(_ one: String, _ two: String) {
        #expect(SoundFold.fold(Array(one.utf16)) == SoundFold.fold(Array(two.utf16)))
    }

    @Test("Names of any length and of any characters are read without harm")
    func hostileNames() {
        let long = String(repeating: "Zorvex ", count: 2000)
        #expect(NameReader.read(long).allSatisfy { $0.words.count <= NameReader.wordLimit })
        #expect(NameReader.read(String(repeating: "a", count: 100_000)).count == 1)
        #expect(NameReader.read("\u{202E}xevroZ\u{202C} \u{200D}").first?.words.map(\.text) == ["xevroz"])
        #expect(
            NameReader.read("Z" + String(repeating: "\u{301}", count: 500) + "orvex").first?.words.map(\.text) == [
                "zorvex"
            ])
        #expect(NameReader.read("").isEmpty && NameReader.read("…—()[]").isEmpty)
        var random = ScreeningRandom(1)
        for _ in 0..<1500 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<random.next(40) {
                if let scalar = Unicode.Scalar(UInt32(random.next(random.next(2) == 0 ? 0x600 : 0x11_0000))) {
                    scalars.append(scalar)
                }
            }
            let forms = NameReader.read(String(scalars), listed: true)
            #expect(forms.allSatisfy { $0.words.count <= NameReader.wordLimit && !$0.words.isEmpty })
        }
    }
}
