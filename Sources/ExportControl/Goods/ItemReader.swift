/// Reads items from a table of accelerators: one row each, numbers in the units that the column names say.
///
/// A blank cell is an unknown value. A column that is not there is outside the table's scope: what is then taken for
/// granted is written into each answer.
public struct ItemReader: Sendable {
    private let table: CellTable
    private let columns: [String: Int]

    /// Rates per operation kind, and the bits of their operands.
    private static let rates =
        [
            ("fp16_dense_tflops", 16), ("fp8_dense_tflops", 8), ("int8_dense_tops", 8), ("fp4_dense_tflops", 4),
        ] as [(String, Int64)]

    /// A reader of a table that has at least the columns `vendor` and `name`.
    public init(_ table: CellTable) throws(CellTable.Problem) {
        self.table = table
        _ = try table.required("vendor")
        _ = try table.required("name")
        columns = Dictionary(table.columns.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    /// Every row as an item, in order.
    public func items() -> [(line: Int, item: Item)] { table.rows.map { ($0.line, item($0)) } }

    private func cell(_ row: CellTable.Row, _ name: String) -> String? { columns[name].map { row.cells[$0] } }

    private func item(_ row: CellTable.Row) -> Item {
        var item = Item(vendor: cell(row, "vendor") ?? "", name: cell(row, "name") ?? "")
        readKind(row, &item)
        readDesigner(row, &item)
        item.area = number(row, "die_area_mm2", &item)
        if item.area.upper == Quantity(0) {
            item.problems.append("line \(row.line), die_area_mm2: an area of 0; leave it blank if it is not known")
            item.area = .unknown
        }
        item.memoryBandwidth = number(row, "memory_bw_gbs", &item)
        item.interconnect = number(row, "interconnect_gbs", &item)
        item.density = rounded(number(row, "performance_density", &item), as: cell(row, "performance_density"))
        readPerformance(row, &item)
        limitInterconnect(row, &item)
        return item
    }

    private func number(_ row: CellTable.Row, _ name: String, _ item: inout Item) -> Bounds {
        guard let text = cell(row, name) else { return .unknown }
        do throws(Bounds.Unreadable) {
            return try Bounds(cell: text)
        } catch {
            let what =
                switch error {
                case .negative: "is negative"
                case .notANumber: "is no number (write digits and a point: 1042.08)"
                case .tooLarge: "is too large"
                }
            item.problems.append("line \(row.line), \(name): '\(text.prefix(40))' \(what); taken as unknown")
            return .unknown
        }
    }

    private func readKind(_ row: CellTable.Row, _ item: inout Item) {
        let market = (cell(row, "market") ?? "").lowercased().filter { $0.isLetter }
        switch market {
        case "datacenter", "datacentre", "server", "cloud", "hpc", "supercomputer": item.market = .dataCentre
        case "consumer", "gaming", "console", "workstation", "desktop", "laptop", "mobile", "automotive":
            item.market = .notDataCentre
        case "hbm", "hbmstack", "memory", "memorystack":
            item.kind = .memoryStack
        default:
            if !market.isEmpty {
                let written = cell(row, "market") ?? ""
                item.problems.append(
                    "line \(row.line), market: '\(written.prefix(40))' is not known (datacenter, consumer, workstation, "
                        + "console …); taken as unknown")
            }
        }
        guard let text = cell(row, "item_kind") else { return }
        switch text.lowercased() {
        case "processor", "accelerator", "gpu", "ic": item.kind = .processor
        case "":
            if item.kind == .processor { item.kind = nil }
        case let text:
            item.kind = ItemKind(rawValue: text)
            guard item.kind == nil else { return }
            let known = ItemKind.allCases.map(\.rawValue).joined(separator: ", ")
            item.problems.append("line \(row.line), item_kind: '\(text.prefix(40))' is not one of \(known)")
        }
    }

    private func readDesigner(_ row: CellTable.Row, _ item: inout Item) {
        let stated = cell(row, "designer_hq") ?? ""
        if !stated.isEmpty, let place = Place(stated) {
            item.designer = PlaceArea.embargoedArms.contains(place, on: nil) == true ? .inArmsEmbargo : .elsewhere
        } else if let country = Designers.headquarters(of: item.vendor), let place = Place(country) {
            item.designer = PlaceArea.embargoedArms.contains(place, on: nil) == true ? .inArmsEmbargo : .elsewhere
        } else if columns["designer_hq"] == nil, item.vendor.contains(where: { !$0.isWhitespace }) {
            item.designer = .elsewhere
            item.assumptions.append(
                "The vendor is not in the table of designers; taken as headquartered outside Macau and D:5 "
                    + "(say otherwise in a column designer_hq).")
        }
    }

    /// TPP as stated; else what the rates leave possible: at least the largest rate times its bits.
    private func readPerformance(_ row: CellTable.Row, _ item: inout Item) {
        let stated = number(row, "tpp", &item)
        var implied = Quantity(0)
        var known = 0
        for (name, bits) in Self.rates {
            let rate = number(row, name, &item)
            guard let exact = rate.exact else {
                implied = max(implied, rate.lower.times(bits))
                continue
            }
            implied = max(implied, exact.times(bits))
            known += 1
        }
        guard stated == .unknown else {
            item.performance = stated
            // Rounding aside, no rate can stand for more than the whole.
            if let most = stated.upper, implied.millionths > most.millionths + most.millionths / 200 {
                item.problems.append(
                    "line \(row.line), tpp: \(most.text) is below what a rate gives (\(implied.text)); either is taken "
                        + "as possible")
                item.performance = stated.hull(Bounds(implied))
            }
            return
        }
        if known == Self.rates.count {
            item.performance = Bounds(implied)
            item.assumptions.append("TPP is the largest of the four rates times their bits.")
            return
        }
        item.performance = Bounds(lower: implied, upper: nil)
        guard item.area.lower > Quantity(0), let area = item.area.upper, let most = item.density.upper else { return }
        let fromDensity = Bounds(
            lower: Ratio.product(item.density.lower, item.area.lower, up: false),
            upper: Ratio.product(most, area, up: true))
        guard let narrowed = item.performance.intersection(fromDensity) else {
            item.problems.append("line \(row.line): density times area contradicts a rate; TPP is taken as unknown")
            item.performance = .unknown
            return
        }
        item.performance = narrowed
        item.assumptions.append("TPP is bounded by the stated density times the die area.")
    }

    /// A density column is a quotient that somebody rounded: to two decimals, or as many as it shows.
    private func rounded(_ bounds: Bounds, as text: String?) -> Bounds {
        guard let value = bounds.exact, let text else { return bounds }
        let shown = text.split(separator: ".", maxSplits: 1).dropFirst().first?.filter { $0.isNumber }.count ?? 0
        var half: Int64 = 5_000
        for _ in 0..<max(0, min(shown, 6) - 2) { half /= 10 }
        return Bounds(
            lower: Quantity(millionths: max(0, value.millionths - half)),
            upper: Quantity(millionths: value.millionths + half))
    }

    /// The highest rates that parts of an earlier time had, where the cell is blank.
    private func limitInterconnect(_ row: CellTable.Row, _ item: inout Item) {
        guard item.interconnect == .unknown, item.kind == .processor, columns["interconnect_gbs"] != nil else { return }
        let isConsole = cell(row, "market")?.lowercased() == "console"
        let day = CalendarDay(cell(row, "release_date") ?? "")
        let isEarly = day.map { $0 < CalendarDay(2022, 9, 20) } ?? false
        guard isConsole || isEarly else { return }
        let isCard = isConsole || item.market == .notDataCentre
        item.interconnect.upper = Quantity(isCard ? 300 : 800)
        item.assumptions.append(
            isCard
                ? "interconnect_gbs is blank; consoles, and cards sold before 2022-09-20, had at most 300 GB/s."
                : "interconnect_gbs is blank; of the accelerators sold before 2022-09-20, MI250X had the most, 800 GB/s."
        )
    }
}
