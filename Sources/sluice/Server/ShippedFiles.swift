import Foundation

/// Files that come with the program but not inside it.
enum ShippedFiles {
    /// The stage-1 weights: in the working directory, or beside the program's own folders.
    static var classifier: String {
        let name = "Models/stage1.sluice"
        var folders = [FileManager.default.currentDirectoryPath]
        if let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            var folder = URL(fileURLWithPath: program).deletingLastPathComponent()
            for _ in 0..<5 {
                folders += [folder.path, folder.appendingPathComponent("share/sluice").path]
                folder.deleteLastPathComponent()
            }
        }
        return folders.map { $0 + "/" + name }.first { FileManager.default.fileExists(atPath: $0) } ?? name
    }
}
