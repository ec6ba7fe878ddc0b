/// The words whose class is known, and the words that stand for one another.
enum NameLexicon {
    /// The class of a folded word; distinctive if it is not known.
    static func wordClass(_ word: String) -> WordClass { classes[word] ?? .distinctive }

    /// The usual spelling of a word that has several.
    static func canonical(_ word: String) -> String? { spellings[word] }

    /// Legal forms of several words, by their first word; the longest first.
    static let legalPhrases: [String: [[String]]] = phrases(
        """
        joint stock company|open joint stock company|closed joint stock company|public joint stock company|joint stock
        limited liability company|limited liability partnership|limited liability|limited partnership|public limited company
        private limited|proprietary limited|open joint stock|closed joint stock|public joint stock|stock company
        gesellschaft mit beschrankter haftung|societe anonyme|sociedad anonima|societe a responsabilite limitee
        societa per azioni|sociedad de responsabilidad limitada|sociedad limitada|besloten vennootschap|naamloze vennootschap
        aktsionernoe obshchestvo|aktsionernoye obshchestvo|aktsionerne tovarystvo|aktsionerno druzhestvo
        obshchestvo s ogranichennoi otvetstvennostyu|obshchestvo s ogranichennoy otvetstvennostyu
        obshchestvo s ogranichennoj otvetstvennostyu|obschestvo s ogranichennoy otvetstvennostyu
        zakrytoe aktsionernoe obshchestvo|otkrytoe aktsionernoe obshchestvo|publichnoe aktsionernoe obshchestvo
        zakrytoye aktsionernoye obshchestvo|otkrytoye aktsionernoye obshchestvo|publichnoye aktsionernoye obshchestvo
        tovarystvo z obmezhenoyu vidpovidalnistyu|nepublichnoe aktsionernoe obshchestvo
        youxian gongsi|gufen youxian gongsi|youxian zeren gongsi|gufen gongsi|you xian gong si|gu fen you xian gong si
        kabushiki kaisha|yugen kaisha|godo kaisha|jusik hoesa|chusik hoesa|sendirian berhad|perseroan terbatas
        sp z o o|sp z oo|spolka z o o|spolka z oo|spolka akcyjna|s r l|s p a|a s|d o o|o o o|z a o|o a o|p a o|s a r l|s a s|b v b a|co op
        anonim sirketi|limited sirketi|sherkat sahami|sherkate sahami
        """)

    /// Han words, in simplified form, with their class; used to cut a Han name into words.
    static let hanWords: [String: WordClass] = {
        var all: [String: WordClass] = [:]
        func put(_ words: String, _ kind: WordClass) {
            for word in words.split(separator: " ") { all[String(word)] = kind }
        }
        put("股份有限公司 有限责任公司 有限公司 股份公司 总公司 公司 有限合伙 株式会社 有限会社 合伙企业 集团 控股", .legalForm)
        put("分公司 办事处 代表处 分行 分支机构 营业部 代表 有限", .filler)
        put(
            """
            科技 技术 信息 电子 工业 实业 贸易 国际 大学 学院 研究院 研究所 研究中心 中心 科学院 科学 工程 系统 通信 网络 智能 投资 \
            发展 设备 制造 材料 能源 生物 医药 医院 实验室 银行 商贸 进出口 企业 产业 服务 管理 咨询 文化 软件 数据 云计算 计算机 \
            机械 仪器 仪表 化工 化学 物流 运输 海运 航运 石油 天然气 电气 电力 电器 汽车 光电 半导体 微电子 集成电路 人工智能 精密 \
            国家 中央 第一 第二 第三 第四 第五 第六 第七 第八 第九 第十 研究 创新 应用 自动化 测试 环境 建设 建筑 供应链 基金 资产
            """, .generic)
        put(
            """
            中国 北京 上海 天津 重庆 深圳 广州 南京 武汉 西安 成都 杭州 苏州 无锡 合肥 长沙 哈尔滨 香港 澳门 台湾 湖南 湖北 广东 江苏 浙江 \
            山东 四川 陕西 安徽 福建 厦门 珠海 东莞 青岛 济南 大连 沈阳 长春 郑州 昆明 贵阳 南昌 宁波 温州 太原 石家庄 兰州 乌鲁木齐 新疆 \
            西藏 内蒙古 宁夏 甘肃 青海 云南 贵州 广西 海南 河北 河南 山西 辽宁 吉林 黑龙江 江西 洛阳 绵阳 桂林 昆山 常州 南通 佛山 惠州 \
            新加坡 日本 韩国 美国 俄罗斯 德国 英国 法国 华东 华南 华北 华中 西北 西南 东北
            """, .place)
        return all
    }()

    /// Readings that differ from those of the single characters.
    static let hanReadings: [String: String] = [
        "重庆": "chongqing", "银行": "yinhang", "分行": "fenhang", "长沙": "changsha", "长春": "changchun",
        "厦门": "xiamen", "西藏": "xizang", "长江": "changjiang", "长城": "changcheng", "长安": "changan",
        "长虹": "changhong", "株式会社": "kabushikikaisha", "有限会社": "yugenkaisha",
    ]

    private static func phrases(_ text: String) -> [String: [[String]]] {
        var all: [String: [[String]]] = [:]
        for phrase in text.split(whereSeparator: { $0 == "|" || $0 == "\n" }) {
            let words = phrase.split(separator: " ").map(String.init)
            if let first = words.first { all[first, default: []].append(words) }
        }
        return all.mapValues { $0.sorted { $0.count > $1.count } }
    }
}
