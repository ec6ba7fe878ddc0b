import Glibc

/// The code in memory: the program's own and its libraries'.
///
/// Starting reads far more of it than serving does, and the kernel maps the pages around whatever is read. Once the server stands, all
/// of it is let go of; what is needed again is mapped anew page by page, from the page cache.
enum ResidentCode {
    /// Lets go of the code that is mapped; what runs comes back by itself.
    static func release() {
        guard let maps = TextFile.read("/proc/self/maps") else { return }
        for line in maps.split(separator: "\n") where line.contains(" /") {
            guard let range = executableRange(line), let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound)
            else { continue }
            // Page by page from here on: not what lies around it.
            madvise(start, range.count, MADV_RANDOM)
            madvise(start, range.count, MADV_DONTNEED)
        }
    }

    /// The addresses of a line of `maps` whose pages are read and executed, and never written.
    private static func executableRange(_ line: Substring) -> Range<UInt>? {
        let fields = line.split(separator: " ", maxSplits: 2)
        guard fields.count == 3, fields[1] == "r-xp" else { return nil }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard ends.count == 2, ends[0] < ends[1] else { return nil }
        return ends[0]..<ends[1]
    }
}
