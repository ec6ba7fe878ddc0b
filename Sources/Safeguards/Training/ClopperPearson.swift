#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Exact bounds on a share that was counted.
///
/// - SeeAlso: Clopper and Pearson, Biometrika 26 (1934).
public enum ClopperPearson {
    /// The share that is exceeded with at most a probability of `1 - confidence`, given what was counted.
    ///
    /// - Parameters:
    ///   - hits: How many of `all`.
    ///   - confidence: 0…1, one-sided.
    /// - Returns: 1 where nothing was counted.
    public static func upper(_ hits: Int, of all: Int, confidence: Double) -> Double {
        guard all > 0, hits < all else { return 1 }
        let hits = max(0, hits)
        // The share at which as few hits as these, or fewer, would come up with that probability.
        return root { below($0, hits, all) > 1 - confidence }
    }

    /// The share that is undercut with at most a probability of `1 - confidence`.
    public static func lower(_ hits: Int, of all: Int, confidence: Double) -> Double {
        guard all > 0, hits > 0 else { return 0 }
        return 1 - upper(all - min(hits, all), of: all, confidence: confidence)
    }

    /// The two-sided interval.
    public static func interval(_ hits: Int, of all: Int, confidence: Double) -> ClosedRange<Double> {
        let side = 1 - (1 - confidence) / 2
        let low = lower(hits, of: all, confidence: side)
        return low...max(low, upper(hits, of: all, confidence: side))
    }

    /// The most hits among `all` that still show, with this confidence, a share within the budget; nil where even none
    /// is too few texts to show it.
    public static func most(within budget: Double, of all: Int, confidence: Double) -> Int? {
        guard upper(0, of: all, confidence: confidence) <= budget else { return nil }
        var (low, high) = (0, all)
        while low < high {
            let middle = (low + high + 1) / 2
            if upper(middle, of: all, confidence: confidence) <= budget { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// How many texts without a hit show, with this confidence, a share within the budget.
    public static func needed(for budget: Double, confidence: Double) -> Int {
        guard budget > 0, budget < 1 else { return budget <= 0 ? .max : 0 }
        let needed = (log(max(1e-300, 1 - confidence)) / log(1 - budget)).rounded(.up)
        return needed < 1e15 ? Int(needed) : .max
    }

    /// Where a falling condition stops to hold.
    private static func root(_ holds: (Double) -> Bool) -> Double {
        var (low, high) = (0.0, 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return high
    }

    /// The probability of at most `hits` among `all` at a share.
    private static func below(_ share: Double, _ hits: Int, _ all: Int) -> Double {
        guard share > 0 else { return 1 }
        guard share < 1 else { return hits >= all ? 1 : 0 }
        let (n, p) = (Double(all), share)
        // Above the mean it is more than a half, which is all that a bound asks; the terms there may be too small to sum.
        guard Double(hits) < n * p + 1 else { return 1 }
        // Terms from the largest of those summed downwards: each is the one above it times a factor below 1, if p is
        // above the share counted, which is where the bound lies.
        var term = exp(
            lgamma(n + 1) - lgamma(Double(hits) + 1) - lgamma(n - Double(hits) + 1) + Double(hits) * log(p)
                + (n - Double(hits)) * log1p(-p))
        var sum = term
        var index = hits
        while index > 0, term > sum * 1e-17 || Double(index) > n * p {
            term *= Double(index) / Double(all - index + 1) * (1 - p) / p
            sum += term
            index -= 1
        }
        return min(1, sum)
    }
}
