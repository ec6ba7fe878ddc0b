extension NameLexicon {
    /// Words in Latin letters with their class.
    static let classes: [String: WordClass] = {
        var all: [String: WordClass] = [:]
        func put(_ words: String, _ kind: WordClass) {
            for word in words.split(separator: " ") { all[String(word)] = kind }
        }
        put(genericWords, .generic)
        put(placeWords, .place)
        put(fillerWords, .filler)
        put(particles, .particle)
        put(legalForms, .legalForm)
        return all
    }()

    /// Spellings and short forms, by the word they stand for.
    static let spellings: [String: String] = {
        var all: [String: String] = [:]
        for line in variants.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard let first = words.first else { continue }
            for word in words.dropFirst() { all[word] = first }
        }
        return all
    }()

    private static let legalForms = """
        ltd limited llc inc incorporated corp corporation co company companies cos gmbh ag aktiengesellschaft sa \
        sas sarl spa srl bv bvba nv oao ooo zao pao ao jsc ojsc pjsc cjsc llp lp plc pty pte sdn bhd berhad pt tbk \
        cv kk oy oyj ab asa aps doo dd kft zrt nyrt fze fzco fzc fz wll saog saoc ksc sal sae eood ood ead tov vat \
        prat pat dmcc sl slu ltda limitada eirl sociedad societe anonyme anonima kg ohg gbr ev se scs sca snc sro \
        kabushikikaisha yugenkaisha gongsi youxian youxiangongsi gufen gufenyouxiangongsi zeren aktsionernoe \
        obshchestvo otkrytoe zakrytoe publichnoe sirketi sti tic san kollektif tas ve pvt private tovarystvo \
        aktsiengesellschaft mbh sherkat sahami khass na group holding jituan gruppa grupo konggu
        """

    private static let particles = """
        of and the for in on at to by with from an de la le les des du del della di da do dos das el los las y et \
        und der die den im fur von van zu zur al ul ur na po dlya bin ibn ben bint
        """

    private static let fillerWords = """
        mr mrs ms dr prof professor sir madam messrs messers mister hon general gen col colonel maj capt lt sgt \
        president prasident branch office representative representation liaison attn subsidiary affiliate \
        affiliated subordinate formerly aka fka nka also known dba trading-as care mv mt ss vessel ship
        """

    private static let genericWords = """
        technology tech trading trade industry industrial international global general information electronic \
        electronics electric electrical engineering science scientific institute research university academy \
        college school center national development service services system solution bank investment management \
        import export enterprise equipment machinery machine manufacturing manufacture material materials product \
        production products communication telecommunication telecom network networks digital data software \
        hardware computer computing computation intelligent intelligence artificial microelectronics semiconductor \
        integrated circuit optical optics optoelectronics precision instrument instruments control automation \
        aerospace aviation aeronautics astronautics space air airline airlines shipping marine maritime logistics \
        transport transportation freight cargo express petroleum oil gas petrochemical energy power chemical \
        chemicals pharmaceutical medical medicine health biological biotechnology construction building real \
        estate property finance financial capital fund trust insurance securities consulting consultancy \
        contracting contractor commercial commerce commodities business company supply chain metal steel mining \
        mineral auto automotive motor vehicle engine aircraft ship shipbuilding factory plant works organization \
        organisation association foundation society union federation ministry department bureau agency \
        administration state public laboratory lab key military defense defence army navy force forces police \
        security design studio media film food agricultural agriculture farm water environmental environment \
        infrastructure project projects advanced new modern innovation innovative application applied testing test \
        measurement cloud online web internet mobile first second third one two world asia asian pacific europe \
        european africa african american east west north south northern southern eastern western central united \
        royal imperial people peoples republic democratic islamic corporation cooperation cooperative joint \
        venture partners partner associates brothers sons family house club hotel restaurant store shop market \
        distribution distributor distributors agencies agent sales parts component components textile paper \
        plastics rubber glass ceramics furniture jewelry gold diamond exchange money transfer remittance keji \
        jishu xinxi dianzi daxue xueyuan yanjiusuo yanjiuyuan maoyi guoji gongye shiye kexue kexueyuan gongcheng \
        xitong tongxin wangluo zhineng touzi fazhan shebei zhizao cailiao nengyuan yinhang zhongxin jinchukou \
        torgovyi dom kompaniya kompania zavod nauchno proizvodstvennoe obedinenie predpriyatie tsentr institut npo \
        nii kompleks sistemy tekhnologii tekhnologiya tekhnika promyshlennaya korporatsiya gosudarstvennoe \
        federalnoe unitarnoe compania comercial comercializadora servicios industrias inversiones inmobiliaria \
        agropecuaria exportadora importadora transportes constructora distribuidora empresa fundacion asociacion \
        cooperativa nacional internacional banka bankasi banco banque ticaret sanayi havacilik danismanlik gida \
        insaat lojistik sanayii dis
        """

    private static let placeWords = """
        china chinese zhongguo prc hong kong hongkong hk macau macao taiwan taipei beijing shanghai tianjin \
        chongqing shenzhen guangzhou guangdong nanjing wuhan xian chengdu hangzhou suzhou wuxi hefei changsha \
        harbin hunan hubei jiangsu zhejiang shandong sichuan shaanxi shanxi anhui fujian xiamen zhuhai dongguan \
        qingdao jinan dalian shenyang changchun zhengzhou kunming guiyang nanchang ningbo wenzhou taiyuan lanzhou \
        xinjiang tibet ningxia gansu qinghai yunnan guizhou guangxi hainan hebei henan liaoning jilin heilongjiang \
        jiangxi luoyang guilin kunshan changzhou nantong foshan urumqi northwest northeast southwest southeast \
        russia russian moscow moskva moskvy petersburg iran iranian tehran syria syrian damascus korea korean \
        pyongyang seoul japan japanese tokyo osaka vietnam hanoi india indian delhi mumbai pakistan karachi lahore \
        islamabad afghanistan kabul iraq baghdad turkey turkiye istanbul ankara lebanon beirut dubai uae emirates \
        arab arabia saudi abu dhabi sharjah kuwait qatar oman bahrain yemen sanaa egypt cairo libya tripoli sudan \
        khartoum somalia kenya nairobi nigeria lagos ghana africa germany german deutschland berlin frankfurt \
        hamburg munich france french paris london uk britain british england italy italian milan rome spain \
        spanish madrid switzerland swiss schweiz zurich geneva austria vienna wien netherlands nederland holland \
        dutch belgium brussels denmark danish copenhagen norway norge sweden swedish finland finnish helsinki \
        poland polish warsaw czech prague hungary budapest romania bulgaria sofia serbia belgrade greece greek \
        athens cyprus limassol malta ukraine ukrainian kyiv kiev crimea sevastopol belarus minsk kazakhstan \
        uzbekistan kyrgyzstan armenia georgia azerbaijan baku usa america american york washington california \
        texas canada canadian toronto mexico mexican panama colombia colombian bogota venezuela caracas brazil \
        brasil argentina chile peru lima cuba cuban havana singapore malaysia kuala lumpur indonesia jakarta \
        thailand thai bangkok philippines manila australia australian sydney zealand israel jordan amman asia \
        phoenix dallas houston armenian siberia ural urals volga nicaragua honduras
        """

    private static let variants = """
        technology technologies technical technological tekhnologii techs tech jishu keji
        industry industries ind industrial gongye shiye promyshlennaya
        international intl internat int guoji internacional mezhdunarodnaya
        university univ universitat universite universidad universitet daxue
        institute inst institution institutes institut yanjiusuo
        academy acad academie akademiya yanjiuyuan
        national natl nat
        development dev develop devel fazhan
        manufacturing mfg manufacture manufacturers manufacturer zhizao
        engineering eng engg engineers gongcheng
        group grp groups gruppe jituan gruppa grupo
        center centre ctr centers tsentr zhongxin
        research res researches
        service services svc svcs
        system systems sys xitong sistemy
        solution solutions
        electronic electronics electron elec dianzi
        communication communications comm comms tongxin
        telecommunication telecommunications telecom telecoms
        science sciences sci scientific kexue
        trading trade traders trader maoyi ticaret comercial
        holding holdings hldg hldgs konggu
        investment investments invest touzi
        material materials cailiao
        enterprise enterprises empresa predpriyatie
        import imports
        export exports
        chemical chemicals chem
        product products
        defense defence
        organization organisation
        computer computers
        laboratory laboratories lab labs
        aeronautics aeronautical
        bank banks bankasi banka yinhang banka banco banque
        brigade brig
        first 1st
        association assoc assn
        department dept
        government govt
        information xinxi
        network networks wangluo
        intelligent zhineng
        equipment shebei
        energy nengyuan
        college xueyuan
        factory zavod
        china zhongguo
        company kompaniya kompania gongsi
        saint st
        hongkong hk
        management mgmt
        semiconductor semiconductors
        microelectronics microelectronic
        """
}
