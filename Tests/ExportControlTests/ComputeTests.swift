import Testing

@testable import ExportControl

struct ComputeTests {
    private func order(_ customer: String, _ tpp: Int, _ to: String = "MY", _ day: String = "2025-06-01") throws
        -> ComputeOrder
    {
        ComputeOrder(
            customer: customer, day: try #require(CalendarDay(day)), performance: Quantity(tpp),
            destination: try place(to))
    }

    private func customers(_ names: String...) -> [ComputeCustomer] {
        names.map { ComputeCustomer(id: $0.lowercased(), name: $0) }
    }

    // MARK: Sums

    @Test("Compute is summed exactly by ultimate parent, country and year")
    func sums() throws {
        let graph = OwnershipGraph(
            [try edge("P", "A", "60"), try edge("A", "B", "100"), try edge("P", "C", "40")], listed: [], on: nil)
        let orders = try [
            order("a", 10), order("b", 5), order("c", 7), order("a", 1, "SG"), order("b", 2, "MY", "2026-01-01"),
            order("nobody", 99),
        ]
        let ledger = ComputeLedger(customers: customers("A", "B", "C"), orders: orders, owners: graph)
        func sum(_ parent: String, _ country: String, _ year: Int) -> Quantity? {
            ledger.sums[.init(parent: parent, country: country, year: year)]
        }
        #expect(sum("P", "MY", 2025) == Quantity(15) && sum("P", "SG", 2025) == Quantity(1))
        #expect(sum("P", "MY", 2026) == Quantity(2) && sum("C", "MY", 2025) == Quantity(7))
        #expect(ledger.strayOrders == 1 && ledger.sums.count == 4)
    }

    @Test(
        "A cap may be reached and not passed",
        arguments: [(26_900_000, false), (26_900_001, true)])
    func consigneeCap(_ amount: Int, _ isOver: Bool) throws {
        let orders = try [order("a", amount - 5), order("a", 5, "SG"), order("a", 5, "MY", "2026-02-01")]
        let ledger = ComputeLedger(customers: customers("A"), orders: orders, owners: nil)
        let usage = ledger.usage(under: .diffusion2025).filter { $0.cap.name == "LPP" && $0.years == 2025...2025 }
        #expect(usage.map(\.used) == [Quantity(amount)])
        #expect(usage.map(\.isOver) == [isOver])
    }

    @Test("A country's cap counts everybody over its years, and trusted places have none")
    func countryCap() throws {
        let orders = try [
            order("a", 400_000_000), order("b", 400_000_000, "MY", "2027-12-31"), order("a", 900_000_000, "JP"),
            order("a", 9, "MY", "2028-01-01"),
        ]
        let ledger = ComputeLedger(customers: customers("A", "B"), orders: orders, owners: nil)
        let usage = ledger.usage(under: .diffusion2025).filter { $0.cap.name == "country cap" }
        #expect(usage.map(\.holder) == ["MY"] && usage.map(\.used) == [Quantity(800_000_000)])
        #expect(usage.allSatisfy { $0.isOver && $0.left == -10_000_000_000_000 })
        #expect(ledger.usage(under: .current).isEmpty && ledger.usage(under: .october2023).isEmpty)
    }

    // MARK: Split purchases

    private func shells(_ count: Int, _ change: (inout ComputeCustomer, Int) -> Void) -> [ComputeCustomer] {
        (0..<count).map { number in
            var customer = ComputeCustomer(id: "s\(number)", name: "Shell \(number)")
            customer.owners = ["Owner \(number)"]
            customer.addresses = ["\(number) Mill Street, Town \(number)"]
            change(&customer, number)
            return customer
        }
    }

    private func found(_ customers: [ComputeCustomer], each tpp: Int, _ day: (Int) -> String = { _ in "2025-06-01" })
        throws -> [StructuringSearch.Scheme]
    {
        let orders = try customers.enumerated().map { try order($1.id, tpp, "MY", day($0)) }
        return StructuringSearch().schemes(customers, orders)
    }

    @Test("Three linked customers that pass a limit together are one scheme, by whichever mark they are linked")
    func links() throws {
        let marks: [(inout ComputeCustomer, Int) -> Void] = [
            { customer, number in customer.owners.append(number == 1 ? "HOLDINGS, Nominee" : "Nominee Holdings") },
            { customer, number in
                customer.addresses = [number == 1 ? "Unit 5, 12 HARBOUR ST." : "12 Harbour Street, #5"]
            },
            { customer, _ in customer.payments = ["acct-7"] }, { customer, _ in customer.devices = ["DEV-9"] },
            { customer, _ in customer.usage = ["u-1", "u-2"] },
        ]
        for mark in marks {
            let schemes = try found(shells(3, mark), each: 10_000_000)
            #expect(schemes.map(\.customers) == [["s0", "s1", "s2"]])
            #expect(schemes.first?.total == Quantity(30_000_000) && schemes.first?.links.isEmpty == false)
        }
    }

    @Test("What is not split below a limit is no scheme")
    func innocence() throws {
        let linked: (inout ComputeCustomer, Int) -> Void = { customer, _ in customer.payments = ["acct-7"] }
        #expect(try found(shells(3, linked), each: 8_966_666).isEmpty, "together below the limit")
        #expect(try found(shells(2, linked), each: 20_000_000).isEmpty, "only two")
        #expect(try found(shells(3) { _, _ in }, each: 20_000_000).isEmpty, "not linked")
        #expect(try found(shells(3, linked), each: 30_000_000).isEmpty, "each openly above the limit")
        #expect(try found(shells(3, linked), each: 10_000_000) { "202\($0 + 4)-06-01" }.isEmpty, "years apart")
        #expect(
            try found(shells(3) { customer, _ in customer.usage = ["u-1"] }, each: 10_000_000).isEmpty, "one usage mark"
        )
        #expect(try found(shells(40, linked), each: 1_000_000).isEmpty, "a bank that everybody uses")
    }

    // MARK: Signs of diversion

    @Test("There are eleven signs, each shown by its own fact and by nothing else", arguments: DiversionFlag.allCases)
    func signs(_ flag: DiversionFlag) throws {
        #expect(DiversionFlag.allCases.count == 11)
        var customer = ComputeCustomer(id: "a", name: "A")
        customer.headquarters = try place("MY")
        customer.addresses = ["12 Harbour Street, Port Town"]
        customer.firstAdvancedPurchase = CalendarDay("2022-10-06")
        customer.role = "iaas"
        var orders = [try order("a", 1)]
        #expect(DiversionFlag.evidence(of: customer, orders).isEmpty)
        switch flag {
        case .newBuyer: customer.firstAdvancedPurchase = CalendarDay("2022-10-07")
        case .address: customer.addressKind = "residential"
        case .noPresence: customer.facts["has_public_presence"] = false
        case .noBusinessCase: customer.facts["fits_business"] = false
        case .infrastructure: customer.facts["shows_infrastructure"] = false
        case .intermediary: customer.role = "forwarder"
        case .maskedUsers: customer.facts["names_users"] = false
        case .listedContact: customer.facts["shares_contact_with_listed"] = true
        case .withheldEndUse: customer.facts["states_end_use"] = false
        case .payment: customer.paymentCountries = [try place("MO")]
        case .relabelled: orders[0].declaredAs = "adapters"
        }
        let evidence = DiversionFlag.evidence(of: customer, orders)
        #expect(evidence.map(\.flag) == [flag])
        #expect(evidence.allSatisfy { !$0.seen.isEmpty && !$0.flag.summary.isEmpty })
    }

    @Test(
        "Addresses that name no building are vague",
        arguments: [
            ("12 Harbour Street, Port Town", false), ("P.O. Box 77, Port Town", true), ("Port Town", true),
            ("Industrial zone", true), ("深圳市南山区科技园路8号", false),
        ])
    func vagueAddresses(_ address: String, _ isVague: Bool) {
        var customer = ComputeCustomer(id: "a", name: "A")
        customer.addresses = [address]
        #expect(DiversionFlag.evidence(of: customer, []).map(\.flag) == (isVague ? [.address] : []))
    }

    @Test("A buyer's own country may pay")
    func payments() throws {
        var customer = ComputeCustomer(id: "a", name: "A")
        customer.paymentCountries = [try place("CN")]
        customer.headquarters = try place("CN")
        #expect(DiversionFlag.evidence(of: customer, []).isEmpty)
        customer.headquarters = try place("SG")
        #expect(DiversionFlag.evidence(of: customer, []).map(\.flag) == [.payment])
    }

    // MARK: Reading

    @Test("Orders count all pieces; lines that are none name their field")
    func reading() throws {
        let order = try ComputeReader.order(
            Array(#"{"customer":"a","date":"2025-01-31","tpp":15832,"quantity":1699,"destination":"MY"}"#.utf8))
        #expect(order.performance == Quantity(26_898_568))
        for (line, field) in [
            ("7", "line"), (#"{"id":""}"#, "id"), (#"{"id":"a","hq":"ZZZ"}"#, "hq"),
            (#"{"id":"a","owners":[1]}"#, "owners"),
            (#"{"id":"a","facts":{"x":"maybe"}}"#, "facts.x"),
        ] {
            let problem = #expect(throws: ComputeReader.Problem.self) { try ComputeReader.customer(Array(line.utf8)) }
            #expect(problem?.field == field)
        }
        for (line, field) in [
            (#"{"customer":"a","date":"2025-01-31","destination":"MY"}"#, "tpp"),
            (#"{"customer":"a","date":"2025-13-31","destination":"MY","tpp":1}"#, "date"),
            (#"{"customer":"a","date":"2025-01-31","destination":"MY","tpp":1,"quantity":1.5}"#, "quantity"),
            (#"{"customer":"a","date":"2025-01-31","destination":"MY","tpp":-1}"#, "tpp"),
        ] {
            let problem = #expect(throws: ComputeReader.Problem.self) { try ComputeReader.order(Array(line.utf8)) }
            #expect(problem?.field == field)
        }
    }
}
