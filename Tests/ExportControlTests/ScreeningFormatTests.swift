import Testing

@testable import ExportControl

struct ScreeningFormatTests {
    static let files: [(ListFormat, String)] = [
        (
            .cslCSV,
            """
            _id,source,entity_number,type,programs,name,title,addresses,start_date,end_date,alt_names,nationalities,ids,brand_new
            7,Entity List (EL) - Bureau of Industry and Security,,Entity,EL; X,"Zorvex, Ltd.",,"1 Road, Town, CN",2020-01-01,,Zorvex One; Zorvex Two,XX,,1

            """
        ),
        (
            .cslJSON,
            """
            {"total":1,"results":[{"id":"7","source":"Entity List (EL) - BIS","type":"Entity","programs":["EL"],
            "name":"Zorvex, Ltd.","alt_names":["Zorvex One","Zorvex Two"],"addresses":[{"address":"1 Road","country":"CN"}],
            "ids":[{"type":"Tax","number":"12345678"}],"brand_new":{"a":[1,2.5e3,true,null]}}]}
            """
        ),
        (
            .ofacXML,
            """
            <?xml version="1.0" standalone="yes"?><sdnList xmlns="http://example.org/x"><publshInformation/>
            <sdnEntry><uid>7</uid><lastName>Zorvex, Ltd.</lastName><sdnType>Entity</sdnType><brandNew/>
            <programList><program>P1</program></programList><idList><id><uid>1</uid><idType>Tax</idType><idNumber>12345678</idNumber></id></idList>
            <akaList><aka><uid>8</uid><lastName>Zorvex One</lastName></aka><aka><lastName>Two</lastName><firstName>Zorvex</firstName></aka></akaList>
            <addressList><address><city>Town</city><country>CN</country></address></addressList></sdnEntry></sdnList>
            """
        ),
        (
            .ofacCSV,
            """
            7,"Zorvex, Ltd.",-0- ,"P1] [P2",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Tax ID No. 12345678 (Nowhere); a.k.a. 'ZORVEX TWO'."
            \u{1A}
            """
        ),
        (
            .euXML,
            """
            <export xmlns="http://example.org/e" generationDate="2026-01-01"><sanctionEntity euReferenceNumber="7" logicalId="13">
            <regulation programme="P1"/><subjectType code="enterprise" classificationCode="E"/>
            <nameAlias wholeName="Zorvex, Ltd." strong="true"/><nameAlias firstName="Zorvex" lastName="One"/>
            <nameAlias wholeName="Zorvex Two"/><citizenship countryIso2Code="XX"/>
            <address city="Town" countryIso2Code="CN"/><identification number="12345678" identificationTypeDescription="Tax"/>
            </sanctionEntity></export>
            """
        ),
        (
            .euCSV,
            """
            \u{FEFF}fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;NameAlias_WholeName;Address_CountryIso2Code
            x;13;7;enterprise;"Zorvex, Ltd.";
            x;13;7;enterprise;Zorvex One;
            x;13;7;enterprise;Zorvex Two;CN

            """
        ),
        (
            .ukXML,
            """
            <Designations><DateGenerated>01/01/2026</DateGenerated><Designation><UniqueID>7</UniqueID><Names>
            <Name><Name6>Zorvex One</Name6><NameType>Alias</NameType></Name>
            <Name><Name6>Zorvex, Ltd.</Name6><NameType>Primary Name</NameType></Name>
            <Name><Name1>Zorvex</Name1><Name6>Two</Name6><NameType>Alias</NameType></Name></Names>
            <IndividualEntityShip>Entity</IndividualEntityShip><RegimeName>P1</RegimeName>
            <Addresses><Address><AddressLine1>1 Road</AddressLine1><AddressCountry>CN</AddressCountry></Address></Addresses>
            </Designation></Designations>
            """
        ),
        (
            .ukCSV,
            """
            Report Date: 01-Jan-2026
            Last Updated,Unique ID,Name 6,Name 1,Name type,Name non-latin script,Regime Name,Designation Type,Address Country,New
            ,7,Zorvex One,,Alias,,P1,Entity,CN,
            ,7,"Zorvex, Ltd.",,Primary Name,,P1,Entity,,
            ,7,Two,Zorvex,Alias,,P1,Entity,,

            """
        ),
        (
            .unXML,
            """
            <CONSOLIDATED_LIST dateGenerated="2026-01-01"><ENTITIES><ENTITY><DATAID>9</DATAID><REFERENCE_NUMBER>7</REFERENCE_NUMBER>
            <FIRST_NAME>Zorvex, Ltd.</FIRST_NAME><UN_LIST_TYPE>P1</UN_LIST_TYPE>
            <ENTITY_ALIAS><ALIAS_NAME>Zorvex One</ALIAS_NAME></ENTITY_ALIAS><ENTITY_ALIAS><ALIAS_NAME>Zorvex Two</ALIAS_NAME></ENTITY_ALIAS>
            <ENTITY_ADDRESS><COUNTRY>CN</COUNTRY></ENTITY_ADDRESS></ENTITY></ENTITIES><INDIVIDUALS/></CONSOLIDATED_LIST>
            """
        ),
        (
            .lines,
            """
            {"id":"7","name":"Zorvex, Ltd.","aliases":["Zorvex One","Zorvex Two"],"type":"organization","country":"CN","new":1}

            """
        ),
    ]

    @Test("Each publisher's file is known by how it begins, and read", arguments: files)
    func reads(_ format: ListFormat, _ text: String) throws {
        let companions =
            format == .ofacCSV ? ["7,1,\"aka\",\"Zorvex One\",-0- \n", "7,1,\"1 Road\",\"Town\",\"CN\",-0- \n"] : []
        let parsed = try ScreeningFixtures.parsed(text, companions: companions)
        #expect(parsed.format == format && parsed.parties.count == 1 && parsed.unreadable == 0)
        let party = parsed.parties[0]
        #expect(party.id == "7" && party.name == "Zorvex, Ltd." && party.kind == .organization, "\(party)")
        #expect(party.aliases.count == 2 && party.aliases[0].contains("One"), "\(party)")
        #expect(party.countries == ["CN"])
        if [.ofacXML, .ofacCSV, .euXML, .cslJSON].contains(format) {
            #expect(party.identifiers.map(\.value) == ["12345678"])
        }
    }

    @Test("A file that is cut off anywhere is refused, or has only whole entries", arguments: files)
    func cutOff(_ format: ListFormat, _ text: String) throws {
        let bytes = Array(text.utf8)
        for end in stride(from: 0, to: bytes.count, by: 7) {
            let part = String(decoding: bytes[..<end], as: UTF8.self)
            guard let parsed = try? ScreeningFixtures.parsed(part, format) else { continue }
            #expect(parsed.parties.count == 1 && parsed.parties[0].id == "7", "\(end)")
            #expect(!"\(format)".hasSuffix("XML"), "half an XML file was taken at \(end)")
        }
    }

    @Test("Bytes changed at random never do harm", arguments: files)
    func fuzz(_ format: ListFormat, _ text: String) {
        var random = ScreeningRandom(UInt64(text.utf8.count))
        for _ in 0..<300 {
            var bytes = Array(text.utf8)
            for _ in 0...random.next(4) {
                switch random.next(3) {
                case 0: bytes[random.next(bytes.count)] = UInt8(random.next(256))
                case 1: bytes.remove(at: random.next(bytes.count))
                default: bytes.insert(Array("\"<>,;&{}[]\\\n".utf8)[random.next(12)], at: random.next(bytes.count))
                }
            }
            let parsed = bytes.withUnsafeBufferPointer { try? ParsedList.read($0, format: format) }
            #expect(parsed?.parties.allSatisfy { !$0.id.isEmpty && !$0.name.isEmpty } != false)
        }
    }

    @Test("A document that declares entities is refused")
    func entities() {
        let bomb = """
            <!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>
            <sdnList><sdnEntry><uid>1</uid><lastName>&c;</lastName></sdnEntry></sdnList>
            """
        #expect(throws: ListError.malformed(format: "XML", line: 1, problem: "it declares entities")) {
            try ScreeningFixtures.parsed(bomb, .ofacXML)
        }
        let deep = String(repeating: "<a>", count: 5000) + String(repeating: "</a>", count: 5000)
        #expect(throws: ListError.self) { try ScreeningFixtures.parsed(deep, .unXML) }
        let nested = String(repeating: "[", count: 100_000)
        #expect(throws: ListError.self) { try ScreeningFixtures.parsed(nested, .cslJSON) }
    }

    @Test("CSV is read strictly")
    func csv() throws {
        let fields = { (text: String) in try CSVReader.records(Array(text.utf8)).map(\.fields) }
        #expect(
            try fields("a,\"b \"\"c\"\",\nd\",\r\n,x") == [["a", "b \"c\",\nd", ""].dropLast() + [""], ["", "x"]])
        #expect(try fields("\n\na") == [["a"]])
        for broken in ["\"a", "a\"b\"", "\"a\"b"] { #expect(throws: ListError.self) { try fields(broken) } }
        do {
            _ = try fields("a,b\n\"c\nd\n")
            Issue.record("an open quotation mark was taken")
        } catch {
            #expect("\(error)".contains("line 2"))
        }
    }

    @Test("Columns may move and grow, but a missing one is named")
    func columns() throws {
        let moved = "new,NAME,other,source,alt_names,entity_number\nx,Zorvex,,S,Zorvex One,\n"
        #expect(try ScreeningFixtures.parsed(moved, .cslCSV).parties.map(\.name) == ["Zorvex"])
        #expect(throws: ListError.missingField("source", line: 1)) {
            try ScreeningFixtures.parsed("name,x\na,b\n", .cslCSV)
        }
    }

    @Test("Wrongly decoded names are refused, other encodings are read")
    func encodings() throws {
        let rows = (0..<50).map { "{\"id\":\"\($0)\",\"name\":\"GÃ¼nther & SÃ¶hne \($0)\"}" }.joined(separator: "\n")
        #expect {
            try ScreeningFixtures.parsed(rows)
        } throws: { error in
            guard case .garbled(50, _, _)? = error as? ListError else { return false }
            return true
        }
        let latin: [UInt8] =
            Array("7,\"G".utf8) + [0xFC] + Array("nther\",-0-,-0-,-0-,-0-,-0-,-0-,-0-,-0-,-0-,-0-\n".utf8)
        let parsed = try latin.withUnsafeBufferPointer { try ParsedList.read($0) }
        #expect(parsed.parties.map(\.name) == ["Günther"])
        let text = "name,source\nZorvex,S\n"
        let wide: [UInt8] =
            [0xFF, 0xFE] + text.utf16.flatMap { (unit: UInt16) -> [UInt8] in [UInt8(unit & 255), UInt8(unit >> 8)] }
        let unicode = try wide.withUnsafeBufferPointer { try ParsedList.read($0, format: .cslCSV) }
        #expect(unicode.parties.map(\.name) == ["Zorvex"])
    }

    @Test(
        "Names that lists write into one field are taken apart",
        arguments: [
            ("Zorvex (a.k.a. Zorvex One)", "Zorvex", ["Zorvex One"]),
            ("Zorvex, also known as Zorvex One", "Zorvex", ["Zorvex One"]),
            ("Zorvex (Group) Ltd", "Zorvex (Group) Ltd", []),
            ("Zorvex a.k.a. One; f.k.a. Two", "Zorvex", ["One", "Two"]),
        ])
    func otherNames(_ name: String, _ main: String, _ others: [String]) {
        let parts = ParsedList.parts(name)
        #expect(parts.main == main && Set(parts.others) == Set(others), "\(parts)")
    }

    @Test("An empty file, an unknown one, and one with many broken rows are refused")
    func refusals() {
        #expect(throws: ListError.empty) { try ScreeningFixtures.parsed(" \n") }
        #expect(throws: ListError.empty) { try ScreeningFixtures.parsed("<Designations></Designations>") }
        #expect(throws: ListError.unknownFormat) { try ScreeningFixtures.parsed("hello world") }
        let rows = "name,source\n" + String(repeating: "a,b,c\n", count: 40) + "d,e\n"
        #expect(throws: ListError.tooManyUnreadable(read: 1, unreadable: 40, firstLine: 2)) {
            try ScreeningFixtures.parsed(rows, .cslCSV)
        }
    }
}
