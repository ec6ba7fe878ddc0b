import CEncoder

/// Products of small matrices of floats, in one fixed order of summation: the same bits on every machine.
public enum Dense {
    /// Adds to `out` the product of `left` and `right`.
    ///
    /// - Parameters:
    ///   - left: `rows` by `depth`; element (i, k) stands at `i * rowStep + k * columnStep`.
    ///   - right: `depth` by `width`, row by row.
    ///   - out: `rows` by `width`, row by row.
    @inline(__always)
    public static func multiplyAdd(
        _ left: UnsafePointer<Float>, rowStep: Int, columnStep: Int, _ right: UnsafePointer<Float>, rows: Int,
        depth: Int, width: Int, into out: UnsafeMutablePointer<Float>
    ) {
        sluice_multiply_add(
            left, Int64(rowStep), Int64(columnStep), right, Int32(rows), Int32(depth), Int32(width), out)
    }
}
