/// Who designs chips, and where they are headquartered; decides General Prohibition 10 and the reach of letters.
public enum Designers {
    /// The country of a vendor's headquarters, where the vendor is in the table.
    public static func headquarters(of vendor: some StringProtocol) -> String? {
        let words = vendor.lowercased().split { !$0.isLetter && !$0.isNumber }
        let joined = words.joined(separator: " ")
        for length in stride(from: words.count, through: 1, by: -1) {
            let name = words.prefix(length).joined(separator: " ")
            if let country = table[name] { return country }
        }
        return table[joined.filter { $0 != " " }]
    }

    /// Whose parts the letters of April 2025 are known to cover.
    static let letterRecipients: Set<String> = ["nvidia", "amd", "intel"]

    private static let table: [String: String] = {
        var table: [String: String] = [:]
        for (country, names) in names {
            for name in names.split(separator: ",") { table[name.trimmingSpaces] = country }
        }
        return table
    }()

    /// Publicly known seats of companies that design accelerators or memory stacks.
    private static let names: [String: String] = [
        "CN": """
        huawei, hisilicon, cambricon, biren, birentech, moore threads, moorethreads, metax, iluvatar, kunlunxin, \
        baidu, hygon, enflame, t head, thead, pingtouge, alibaba, vastai, denglin, sophgo, bitmain, horizon robotics, \
        black sesame, loongson, zhaoxin, phytium, sunway, innosilicon, lisuan, jingjia, jingjiamicro, intellifusion, \
        stream computing, tsingmicro, cxmt, changxin, ymtc, smic, sietium, illuvatar, hexaflake, bytedance, tencent, \
        zte, sanechips, unisoc, rockchip, allwinner, canaan, xiaomi, nio, xpeng, houmo, corerain, thinkforce, zhonghao, \
        qingmicro, lingjiu, 华为, 海思, 寒武纪, 壁仞, 摩尔线程, 沐曦, 天数智芯, 昆仑芯, 海光, 燧原, 百度, 阿里巴巴, \
        平头哥, 景嘉微, 算能, 龙芯, 长鑫存储
        """,
        "US": """
        nvidia, amd, xilinx, intel, habana, google, aws, amazon, annapurna, microsoft, meta, apple, qualcomm, cerebras, \
        groq, sambanova, ibm, tesla, broadcom, marvell, micron, openai, d matrix, etched, lightmatter, mythic, \
        tachyum, ampere, esperanto, rain
        """,
        "JP": "sony, fujitsu, nec, preferred networks, nintendo, kioxia, renesas, socionext",
        "KR": "samsung, sk hynix, hynix, rebellions, furiosaai, furiosa, sapeon, deepx, mobilint",
        "CA": "tenstorrent, untether", "GB": "graphcore, arm, imagination, fractile, olix",
        "TW": "mediatek, neuchips, nanya, winbond", "IL": "hailo, neureality, mobileye, speedata",
        "FR": "kalray, vsora, sipearl", "NL": "axelera", "DE": "infineon, semron",
    ]
}

extension Substring {
    /// Without spaces and line ends around it.
    fileprivate var trimmingSpaces: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
