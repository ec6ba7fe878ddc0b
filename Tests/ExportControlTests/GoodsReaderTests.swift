import Testing

@testable import ExportControl

struct GoodsReaderTests {
    private func items(_ text: String) throws -> [Item] {
        try ItemReader(CellTable(Array(text.utf8))).items().map(\.item)
    }

    @Test(
        "Cells are read to the digit",
        arguments: [
            ("4800", 4_800_000_000), ("5.92", 5_920_000), ("0.000001", 1), (" 12.5 ", 12_500_000), ("007", 7_000_000),
            ("1042.10", 1_042_100_000),
        ] as [(String, Int64)])
    func numbers(_ cell: String, _ millionths: Int64) throws {
        #expect(try Bounds(cell: cell) == Bounds(Quantity(millionths: millionths)))
    }

    @Test("Blank cells and words for unknown are unknown", arguments: ["", "  ", "n/a", "NA", "unknown", "?"])
    func unknown(_ cell: String) throws {
        #expect(try Bounds(cell: cell) == .unknown)
    }

    @Test(
        "What is no number is refused",
        arguments: ["abc", "-1", "1e5", "1,000", ".", "1.2.3", "９", "99999999999999999999", "NaN", "0x10", "1 2"])
    func refused(_ cell: String) {
        #expect(throws: Bounds.Unreadable.self) { try Bounds(cell: cell) }
    }

    @Test("Digits behind the sixth decimal widen to both neighbours instead of being rounded")
    func longDecimals() throws {
        let bounds = try Bounds(cell: "4799.9999999")
        #expect(bounds.lower < Quantity(4800) && bounds.upper == Quantity(4800))
        #expect(try Bounds(cell: "4800.0000000") == Bounds(Quantity(4800)))
    }

    @Test("Rates give at least a bound to a performance that is not stated")
    func impliedPerformance() throws {
        let read = try items(
            """
            vendor,name,market,fp16_dense_tflops,fp8_dense_tflops,int8_dense_tops,fp4_dense_tflops,tpp
            NVIDIA,Some,datacenter,300,,,,
            NVIDIA,All,datacenter,100,250,200,400,
            NVIDIA,Stated,datacenter,100,,,,2000
            NVIDIA,Contradicted,datacenter,1000,,,,2000
            """)
        #expect(read[0].performance == Bounds(lower: Quantity(4800), upper: nil))
        #expect(read[1].performance == Bounds(Quantity(2000)))
        #expect(read[2].performance == Bounds(Quantity(2000)))
        #expect(read[3].performance == Bounds(lower: Quantity(2000), upper: Quantity(16_000)))
        #expect(read[3].problems.count == 1 && read[2].problems.isEmpty)
    }

    @Test("A density is taken as the rounded quotient it is")
    func statedDensity() throws {
        let read = try items(
            """
            vendor,name,market,tpp,die_area_mm2,performance_density,memory_bw_gbs,interconnect_gbs
            NVIDIA,Near,datacenter,2000,,5.92,100,10
            NVIDIA,Clear,datacenter,2000,,6,100,10
            NVIDIA,Computed,datacenter,2000,338,5.92,100,10
            """)
        let toChina = Consignment(to: try place("CN"))
        let answers = read.map { Classifier(.october2023).classify($0, to: toChina).classification }
        #expect(answers[0].missing == ["die_area_mm2"])
        #expect(answers[1] == .definite("3A090.a"))
        #expect(answers[2] == .definite("3A090.b"), "2000 / 338 = 5.917…")
    }

    @Test("A bad cell is unknown, and its line and column are named")
    func badCells() throws {
        let read = try items("vendor,name,tpp,die_area_mm2,market\nNVIDIA,X,many,0,toaster\n")
        #expect(read[0].performance == .unknown && read[0].area == .unknown && read[0].market == nil)
        #expect(read[0].problems.count == 3)
        #expect(read[0].problems.allSatisfy { $0.contains("line 2") })
    }

    @Test("A designer that no table and no column knows is taken as elsewhere only where the column is not there")
    func designers() throws {
        let silent = try items("vendor,name\nNewcomer,X\nHuawei,Y\nHuawei Technologies Co.,Z\n,W\n")
        #expect(silent.map(\.designer) == [.elsewhere, .inArmsEmbargo, .inArmsEmbargo, .unknown])
        #expect(silent[0].assumptions.count == 1)
        let asked = try items("vendor,name,designer_hq\nNewcomer,X,\nNewcomer,X,CN\nNewcomer,X,DE\n")
        #expect(asked.map(\.designer) == [.unknown, .inArmsEmbargo, .elsewhere])
    }

    @Test(
        "A table that is none is refused with its line",
        arguments: [
            ("", 1), ("a,a\n1,2", 1), ("a,b\n1\n", 2), ("a,b\n1,2,3", 2), ("a\n\"x", 2), ("a\nx\"y\n", 2),
            ("a\n\"x\"y\n", 2), ("a,b\n\"1\n2\",3\n4\n", 4),
        ])
    func tables(_ text: String, _ line: Int) {
        let problem = #expect(throws: CellTable.Problem.self) { try CellTable(Array(text.utf8)) }
        #expect(problem?.line == line)
    }

    @Test("Quoted cells hold commas, quotes and line ends; a mark at the beginning and either line end are accepted")
    func quoting() throws {
        let table = try CellTable(Array("\u{FEFF}a,b\r\n\"x,\"\"y\"\"\nz\",2\r\n,\r\n\r\n3,4".utf8))
        #expect(table.columns == ["a", "b"])
        #expect(table.rows.map(\.cells) == [["x,\"y\"\nz", "2"], ["", ""], ["3", "4"]])
        #expect(table.rows.map(\.line) == [2, 4, 6])
    }

    @Test("No bytes trap the readers")
    func fuzz() {
        var numbers = SeededNumbers(11)
        let letters = Array("\"\",,\n\r\\{}[]:0.5e-truenull\u{FF}é".utf8) + [0xC3, 0x28, 0x00]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &numbers)).map { _ in
                letters.randomElement(using: &numbers) ?? 0
            }
            _ = try? CellTable(bytes)
            if let value = try? ExactJSON(bytes) {
                #expect((try? ExactJSON(Array(value.json.utf8))) == value)
            }
        }
    }

    @Test("Numbers of JSON keep their digits; doubled keys, depth and bad escapes are refused")
    func json() throws {
        #expect(try ExactJSON(Array(#"{"pct":37.60}"#.utf8))["pct"] == .number("37.60"))
        #expect(try ExactJSON(Array(#""\u00e9\ud83d\ude00\n""#.utf8)) == .string("é😀\n"))
        for text in [#"{"a":1,"a":2}"#, String(repeating: "[", count: 65), #""\ud83d""#, "01", "1.", "[1,]", "", "nul"]
        {
            #expect(throws: ExactJSON.Problem.self) { try ExactJSON(Array(text.utf8)) }
        }
    }
}
