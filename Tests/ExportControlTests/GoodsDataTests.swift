import Foundation
import Testing

@testable import ExportControl

/// The shared export data, where it is there.
enum ExportData {
    static let folder: String = {
        let root = ProcessInfo.processInfo.environment["SLUICE_DATA"] ?? "../shared/data"
        return root + "/export/"
    }()

    static let isThere = FileManager.default.fileExists(atPath: folder + "chips.csv")

    static func bytes(_ name: String) -> [UInt8] {
        FileManager.default.contents(atPath: folder + name).map { Array($0) } ?? []
    }
}

@Suite(.enabled(if: ExportData.isThere, "the shared export data is not there"))
struct GoodsDataTests {
    @Test("Every published expectation is met")
    func expectations() throws {
        let batch = ClassificationBatch(try ItemReader(CellTable(ExportData.bytes("chips.csv"))).items())
        let table = try CellTable(ExportData.bytes("chips_expected.csv"))
        let classification = try table.required("expected_classification")
        let licence = try table.required("expected_licence")
        for (asked, row) in zip(try ClassificationCase.read(table), table.rows) {
            let answer = batch.answer(asked)
            #expect(answer.classification.text == row.cells[classification], "line \(row.line)")
            #expect(answer.licence.text == row.cells[licence], "line \(row.line)")
            #expect(!answer.clauses.isEmpty && !answer.sources.isEmpty)
        }
        #expect(table.rows.count > 100)
    }

    @Test("The country groups agree with the table of countries")
    func countries() throws {
        let table = try CellTable(ExportData.bytes("country_tiers.csv"))
        let columns = try ["iso2", "arms_embargoed", "licence_area_2023", "hq_restricted", "diffusion_tier"].map {
            try table.required($0)
        }
        for row in table.rows where !["ZR", "CQ", "IP"].contains(row.cells[columns[0]]) {
            let place = try #require(Place(row.cells[columns[0]]))
            let isMacau = place.country == "MO"
            let embargoed = PlaceArea.embargoedArms.contains(place, on: nil)
            #expect(embargoed == (row.cells[columns[1]] == "yes" || isMacau), "\(place.code)")
            #expect(embargoed == (row.cells[columns[3]] == "yes"), "\(place.code)")
            #expect(PlaceArea.licenceArea.contains(place, on: nil) == (row.cells[columns[2]] == "yes"), "\(place.code)")
            let trusted = PlaceArea.trusted.contains(place, on: nil) == true
            guard !PlaceGroups.unitedStates.contains(place.country) else { continue }
            #expect(trusted == (row.cells[columns[4]] == "1"), "\(place.code)")
        }
    }
}
